"""Functions beside the models: nonsense is refused in a sentence that names it."""

import re

import keras
import numpy as np
import pytest
import scipy.sparse
import tensorflow as tf

import kgen
from kgen import callbacks, data, downstream, latent, metrics, plots, testing
from kgen.adversarial.gap import duality_gap
from kgen.serving.loading import load_model

from .forbidden import FORBIDDEN

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(6, 3)).astype("float32")
Z = RANDOM.normal(size=(6, 2)).astype("float32")
IMAGES = RANDOM.random((4, 4, 4, 1)).astype("float32")
VAE = kgen.build("vae", (3,), latent_dim=2, hidden=(4,), likelihood="gaussian")
OF_IMAGES = kgen.build("vae", (4, 4, 1), latent_dim=2, hidden=(4,), filters=(3,))
OF_CLASSES = kgen.build("cvae", (3,), num_classes=2, latent_dim=2, hidden=(4,))
GAN = kgen.build("gan", (2,), latent_dim=2, hidden=(4,))
ENCODER = kgen.networks.mlp_encoder((3,), 2, hidden=(4,))
CLASSIFIER = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
DATA = tf.data.Dataset.from_tensor_slices(X).batch(3)
LABELLED = tf.data.Dataset.from_tensor_slices((IMAGES, [0, 1, 0, 1])).batch(2)
DENSITY = data.density("8ring")
DETECTOR = downstream.AnomalyDetector(VAE)
NAN = float("nan")

FILLED = {
    "None": None,
    "ragged": [[1.0], [1.0, 2.0]],
    "ragged tensor": tf.ragged.constant([[1.0], [1.0, 2.0]]),
    "text": np.array([["a", "b"]]),
    "str": "a",
    "set": {1.0},
    "object": object(),
    "complex": np.ones((6, 2), "complex64"),
    "sparse": scipy.sparse.csr_matrix(X),
    "masked": np.ma.masked_array(Z, mask=Z > 0),
    "generator": (row for row in X),
    "dictionary": {"x": X},
}
ARRAYS = {**FILLED, "empty": np.zeros((0, 2), "float32"), "one number": 3.0}
FINITE = {**ARRAYS, "nan": np.where(Z == Z[1, 1], np.nan, Z), "infinite": Z * np.inf}
SEEDS = {"negative": -1, "fraction": 1.5, "str": "a", "nan": NAN, "list": [1.5, 2]}
SOME = {**SEEDS, "huge": 2**70, "bool": True, "array": np.zeros(3)}
COUNTS = {**SOME, "None": None}
MODELS = {"None": None, "str": "vae", "array": X, "class": kgen.VAE}
PATHS = {"None": None, "number": 3, "bool": True, "empty": "", "bytes": b"a", "0": "\0"}
SWITCHES = {"None": None, "str": "no", "number": 2, "list": [True]}
LABELS = {"fraction": 0.5, "list": [0] * 5, "str": "a", "ragged": [[0], []]}
FUNCTIONS = {"None": None, "str": "a", "array": X}
SIZES = {"None": None, "number": 3.0, "str": "ab", "fraction": (1.5,), "set": {1}}
NUMBERS = {"None": None, "negative": -1.0, "str": "a", "nan": NAN}
HISTORIES = {
    **ARRAYS,
    "nothing": {},
    "text": {"loss": "a"},
    "ragged": {"loss": [[1.0], [1.0, 2.0]]},
    "numbers": {1: [1.0]},
    "validation alone": {"val_loss": [1.0]},
}

# What is nonsense for an argument of each name, where a call says nothing else.
NONSENSE = {
    ("model", "first", "prior", "gan"): MODELS,
    ("real", "fake", "x", "y", "images", "z", "z_with", "z_without"): FINITE,
    ("vector", "strengths", "z_start", "z_end", "codes", "queries"): FINITE,
    ("values", "samples", "dataset"): FINITE,
    ("p", "q"): FILLED,
    ("train", "frames", "groups", "is_anomaly", "data"): ARRAYS,
    ("num_subsets", "subset_size", "num_projections", "num_neighbors"): COUNTS,
    ("num_samples", "num_time_samples", "num_between", "num_classes"): COUNTS,
    ("num_starts", "num_clusters", "num_groups", "num_folds", "num_steps"): COUNTS,
    ("k", "dim"): COUNTS,
    ("epochs", "patience", "every", "every_steps", "keep", "batch_size"): COUNTS,
    ("pad",): COUNTS,
    ("columns",): SOME,
    ("seed",): SEEDS,
    ("path", "folder", "name"): PATHS,
    ("label", "labels"): LABELS,
    ("function", "corruption", "density", "classifier", "encoder"): FUNCTIONS,
    ("threshold", "learning_rate", "strength", "frames_per_second"): NUMBERS,
    ("false_positive_rate", "mode", "method", "score", "optimizer"): NUMBERS,
    ("hidden", "data_shape", "axis_labels"): SIZES,
    ("there_and_back", "binarize", "deterministic", "color_mode"): SWITCHES,
    ("history",): HISTORIES,
}
NONSENSE = {name: wrong for names, wrong in NONSENSE.items() for name in names}


def shifted(x, seed):
    return x + 1.0


def total(x):
    return tf.reduce_sum(x, axis=-1)


# A function, arguments that make sense, and nonsense of its own for some of them.
PAIR, POINTS = {"real": X, "fake": X}, {"p": [0.5, 0.5], "q": [0.5, 0.5]}
PNG, NO_SEEDS = "{folder}/a.png", {**SEEDS, "None": None, "huge": 2**70}
CALLS = [
    (metrics.frechet_distance, PAIR),
    (metrics.kernel_distance, {**PAIR, "num_subsets": 2, "subset_size": 3, "seed": 0}),
    (metrics.sliced_wasserstein, {**PAIR, "num_projections": 2, "seed": 0}),
    (metrics.precision_recall, {**PAIR, "num_neighbors": 3}),
    (metrics.kl_divergence, POINTS),
    (metrics.js_divergence, POINTS),
    (metrics.psnr, {"x": IMAGES, "y": IMAGES / 2}),
    (metrics.sharpness, {"images": IMAGES}),
    (metrics.latent_gaussianity, {"z": Z}),
    (metrics.mean_activation, {"z": Z}),
    (metrics.fraction_active, {"z": Z, "threshold": 0.1}),
    (
        metrics.code_robustness,
        {"model": VAE, "x": X, "corruption": shifted, "seed": 0, "labels": None},
    ),
    (metrics.identity_score, {"model": VAE, "x": X, "seed": 0}),
    (metrics.compression_factor, {"model": VAE}),
    (metrics.code_bits, {"model": VAE}),
    (metrics.mode_coverage, {"samples": Z, "density": DENSITY}),
    (metrics.class_coverage, {"labels": [0, 1], "num_classes": 2}, {"labels": FINITE}),
    (
        metrics.bits_per_dimension,
        {"nats": Z, "data_shape": (2,)},
        {"nats": {**FILLED, "bool": True, "bools": X > 0}},
    ),
    (
        metrics.evaluate_likelihood,
        {
            "model": VAE,
            "dataset": DATA,
            "num_samples": 2,
            "seed": 0,
            "num_time_samples": 2,
        },
        # A dictionary of parts is data.
        {"dataset": {k: wrong for k, wrong in FINITE.items() if k != "dictionary"}},
    ),
    (
        metrics.evaluate,
        {"model": VAE, "test": X, "figures": "sharpness", "num_draws": 2, "seed": 0},
    ),
    (
        metrics.lipschitz_estimate,
        {"function": total, "x": X, "num_between": 3, "seed": 0},
    ),
    (
        metrics.fit_classifier,
        {"train": LABELLED, "epochs": 1, "seed": 0, "num_classes": 9},
        {"num_classes": SOME},
    ),
    (metrics.features, {"classifier": CLASSIFIER}),
    (latent.attribute_vector, {"z_with": Z, "z_without": Z}),
    (
        latent.shift,
        {"z": Z, "vector": Z[0], "strengths": [0.0, 1.0]},
        {"z": FILLED},
    ),
    (
        latent.apply_attribute,
        {"model": VAE, "x": X, "vector": Z[0], "strengths": [0.0], "labels": None},
    ),
    (latent.embed, {"z": Z, "method": "pca", "seed": 0}),
    (latent.codes, {"model": VAE, "dataset": DATA}),
    (
        latent.decode_grid,
        {"model": OF_CLASSES, "z": Z.reshape(2, 3, 2), "labels": [0, 1]},
    ),
    (latent.manifold, {"model": OF_CLASSES, "num_steps": 2, "label": 1}),
    (latent.path, {"z_start": Z, "z_end": Z, "num_steps": 3, "mode": "linear"}),
    (
        latent.interpolate,
        {"model": OF_CLASSES, "start": X, "end": X, "num_steps": 3, "labels": 0},
    ),
    (
        latent.morph,
        {"model": OF_CLASSES, "x": X, "num_steps": 3, "mode": "linear", "label": 0},
    ),
    (
        latent.invert,
        {"model": VAE, "x": X, "num_steps": 2, "learning_rate": 0.1, "num_starts": 2}
        | {"seed": 0, "labels": None},
    ),
    (latent.nearest, {"codes": Z, "queries": Z, "k": 2}),
    (latent.clusters, {"codes": Z, "num_clusters": 2, "seed": 0}),
    (
        latent.traverse,
        {"model": OF_CLASSES, "z": Z[0], "dim": 0, "values": [0.0], "label": 0},
    ),
    (
        latent.traverse_all,
        {"model": OF_CLASSES, "z": Z[0], "values": [1.0], "label": 0},
    ),
    (
        plots.image_grid,
        {"images": IMAGES, "columns": 2, "pad": 1},
        {"images": ARRAYS},
    ),
    (plots.save_samples, {"x": IMAGES, "path": PNG, "columns": 2}, {"x": ARRAYS}),
    (
        plots.draw_samples,
        {"x": Z, "labels": np.arange(6), "data": Z},
        {"x": ARRAYS, "data": {**FINITE, "None": "a"}},
    ),
    (plots.save_pairs, {"x": IMAGES, "y": IMAGES, "path": PNG}),
    (plots.save_paths, {"x": np.stack([IMAGES, IMAGES]), "path": PNG}),
    (plots.draw_reconstructions, {"model": OF_IMAGES, "x": IMAGES, "labels": None}),
    (plots.draw_latent, {"z": Z, "labels": np.arange(6), "axis_labels": ("a", "b")}),
    (plots.draw_history, {"history": {"loss": [1.0]}}),
    (
        plots.save_gif,
        {"frames": IMAGES, "path": "{folder}/a.gif", "frames_per_second": 12}
        | {"there_and_back": True},
    ),
    (
        plots.save_reconstructions,
        {"model": OF_IMAGES, "x": IMAGES, "path": PNG, "labels": None},
    ),
    (
        plots.save_latent,
        {"z": Z, "labels": np.arange(6), "path": PNG, "axis_labels": ("a", "b")},
    ),
    (plots.save_history, {"history": {"loss": [1.0]}, "path": PNG}),
    (
        downstream.AnomalyDetector,
        {"model": VAE, "score": "auto", "num_samples": 2, "seed": 0, "batch_size": 2},
        {"seed": NO_SEEDS},
    ),
    (DETECTOR.fit, {"x_normal": X, "false_positive_rate": 0.5, "labels": None}),
    (DETECTOR.auroc, {"x": X, "is_anomaly": np.arange(6) < 3}),
    (
        DETECTOR.auroc,
        {"x": X, "is_anomaly": [0, 1, 0]},
        {"is_anomaly": {"2": [2.0] * 6}},
    ),
    (
        downstream.class_probabilities,
        {"model": OF_CLASSES, "x": X, "prior": None, "num_samples": 2, "seed": 0},
        {"prior": {**FINITE, "None": "uniform"}},
    ),
    (
        downstream.sample_joint,
        {"model": OF_CLASSES, "num_samples": 2, "prior": None, "seed": 0},
        {"prior": {**FINITE, "None": "uniform"}},
    ),
    (downstream.class_prior, {"data": [0, 1], "num_classes": 2}),
    (
        downstream.verification,
        {"z": Z, "labels": [0, 1] * 3, "num_pairs": 5, "seed": 0},
        {"num_pairs": COUNTS},
    ),
    (
        downstream.detect_fakes,
        {"real": IMAGES, "fake": IMAGES, "epochs": 1, "seed": 0},
    ),
    (testing.overfit_one_batch, {"model": VAE, "num_steps": 10, "batch": X}),
    (downstream.bayes_classify, {"model": OF_CLASSES, "x": X}),
    (
        downstream.code_classifier,
        {"model": VAE, "num_classes": 2, "mode": "head", "hidden": (3,)},
    ),
    (
        downstream.debiased_classifier,
        {"encoder": ENCODER, "num_classes": 2, "num_groups": 2, "strength": 1.0}
        | {"hidden": (3,), "optimizer": "adam"},
    ),
    (
        downstream.bias_accuracy,
        {"codes": Z, "groups": [0, 1] * 3, "num_folds": 2, "seed": 0},
    ),
    (callbacks.GANMonitor, {"data": X, "patience": 5}, {"data": FINITE}),
    (
        callbacks.SampleGrid,
        {"folder": "a", "num_samples": 2, "seed": 0, "every": 1, "log_dir": None},
        {"log_dir": {"number": 3, "empty": ""}},
    ),
    (
        callbacks.LogProjector,
        {"log_dir": "a", "data": X, "num_examples": 2, "every": 1},
        {"log_dir": PATHS, "num_examples": SOME, "every": SOME}
        | {"data": {"None": None}},
    ),
    (
        callbacks.LogHParams,
        {"log_dir": "a", "settings": {"beta": 1.0}},
        {"log_dir": PATHS, "settings": {"None": None, "empty": {}, "str": "a"}},
    ),
    (callbacks.Checkpoint, {"folder": "a", "every_steps": 1, "keep": 2}),
    (callbacks.SaveModel, {"path": "a.keras"}, {"path": {**PATHS, "ending": "a.h5"}}),
    (
        data.load,
        {"name": "moons", "split": "test", "batch_size": 2, "image_size": None}
        | {"binarize": False, "color_mode": "rgb", "seed": 0},
        {
            "split": {"number": 3, "list": ["test"], "unknown": "tests"},
            "image_size": {**SOME, "ragged": [[1], [1, 2]]},
        },
    ),
    (data.density, {"name": "moons"}),
    (data.manifold, {"name": "s_curve", "noise": 0.1}, {"noise": NUMBERS}),
    (DENSITY.sample, {"num_samples": 2, "seed": 0}),
    (DENSITY.log_prob, {"x": Z}, {"x": {**FILLED, "wide": X, "one number": 3.0}}),
    (kgen.seed_everything, {"seed": 0, "deterministic": False}, {"seed": NO_SEEDS}),
    (
        kgen.export,
        {"model": VAE, "path": "{folder}", "version": None},
        {"version": {"bool": True, "str": "a", "nan": NAN, "negative": -1}},
    ),
    (load_model, {"path": "a.keras"}),
    (
        duality_gap,
        {"gan": GAN, "dataset": DATA, "num_steps": 1, "learning_rate": 0.1}
        | {"proximal": None},
        {"proximal": {"negative": -1.0, "str": "a", "nan": NAN}},
    ),
    (
        kgen.TwoStage,
        {"first": VAE, "prior": kgen.GaussianMixture((2,), 2), "num_classes": None},
        {"num_classes": {"others": 3}},
    ),
]
# What verbs and loaders below call what they are handed.
ALSO = {
    "label": ("labels", "classes"),
    "labels": ("classes",),
    "name": ("data set", "density", "manifold"),
    "split": ("splits",),
    "dataset": ("x", "data set"),
    "encoder": ("network",),
}


def cases():
    for function, given, *own in CALLS:
        kinds = {**NONSENSE, **(own[0] if own else {})}
        for key in given.keys() & kinds.keys():
            yield pytest.param(
                function, given, key, kinds[key], id=f"{function.__name__}-{key}"
            )


@pytest.mark.parametrize(
    ("function", "given", "key", "kinds"), sorted(cases(), key=lambda case: case.id)
)
def test_nonsense_is_refused_by_name(function, given, key, kinds, tmp_path):
    given = {
        name: value.format(folder=tmp_path) if isinstance(value, str) else value
        for name, value in given.items()
    }
    names = "|".join((key, *ALSO.get(key, ())))
    for kind, wrong in kinds.items():
        with pytest.raises((ValueError, TypeError)) as error:
            function(**{**given, key: wrong})
        said = str(error.value)
        assert not [words for words in FORBIDDEN if words in said], (kind, said)
        assert re.search(rf"\b({names})\b", said), (kind, said)
        # A sentence of kgen's own, not one of a library's.
        assert "/kgen/" in error.traceback[-1].path.as_posix(), (kind, said)
    assert not list(tmp_path.iterdir())
