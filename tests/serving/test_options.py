"""Options of `sample` as signatures: each row is that of Python with its option."""

import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen import likelihoods, serving
from kgen.serving.operations import harmful, read_graphs
from tests.choice import parametrize

SEEDS = np.array([3, 1, 4, 1, 5])
LABELS = np.array([0, 1, 1, 0, 1], "int32")
NUMBERS = {
    "temperature": [0.1, 1.0, 1.0, 0.7, 5.0],
    "guidance": [0.0, 1.0, 2.5, 0.3, 8.0],
    "truncation": [0.7, 1.0, 0.0, -0.5, 2.0],
}
PIXELCNN = {"width": 4, "num_blocks": 1, "head_filters": 3}


def shaken(model, network):
    """The model with a network whose outputs differ, as if it were trained."""
    rng = np.random.default_rng(0)
    for weight in network.weights:
        weight.assign(weight + rng.normal(0, 0.3, weight.shape))
    return model


def pixelcnn(likelihood="bernoulli", **settings):
    settings = {**PIXELCNN, "likelihood": likelihood, **settings}
    return kgen.build("gated-pixelcnn", (3, 2, 2), seed=0, **settings)


def melodies():
    settings = kgen.recipes.RECIPES["music-vae"].tiny
    model = kgen.build("music-vae", (6,), seed=0, **settings)
    return shaken(model, model.decoder)


def vae_with(prior):
    """Builds a VAE of a prior whose draws differ."""

    def build():
        model = kgen.build("vae", (3,), latent_dim=3, hidden=(4,), prior=prior, seed=0)
        return shaken(model, model)

    return build


def ddpm(shape=(3,), **settings):
    settings = {"num_classes": 2, "hidden": (8,), "num_timesteps": 12, **settings}
    model = kgen.build("ddpm", shape, seed=0, **settings)
    return shaken(model, model.denoiser)


def images():
    return ddpm((4, 4, 1), network="mlp")


def signatures(path):
    return tf.saved_model.load(str(path)).signatures


def run(function, **inputs):
    specs = function.structured_input_signature[1]
    inputs = {k: tf.constant(v, specs[k].dtype) for k, v in inputs.items()}
    return function(**inputs)["x"].numpy()


MODELS = {
    "bernoulli": (pixelcnn, "temperature"),
    "categorical": (lambda: pixelcnn(likelihoods.Categorical(3)), "temperature"),
    "mixture": (lambda: pixelcnn(likelihoods.LogisticMixture(5, 2)), "temperature"),
    "logistic": (lambda: pixelcnn(likelihoods.DiscretizedLogistic(5)), "temperature"),
    "gaussian": (lambda: pixelcnn("gaussian"), "temperature"),
    "learned_gaussian": (lambda: pixelcnn("learned_gaussian"), "temperature"),
    "tokens": (
        lambda: kgen.build("transformer", (4, 2, 1), seed=0, levels=3),
        "temperature",
    ),
    "melodies": (melodies, "temperature"),
    "flow": (lambda: kgen.build("nice", (3,), hidden=(4,), seed=0), "temperature"),
    "vae": (vae_with(None), "temperature"),
    "vamp-vae": (vae_with("vamp"), "temperature"),
    "ladder-vae": (vae_with("ladder"), "temperature"),
    "vae with a flow": (vae_with("maf"), "temperature"),
    "ddpm": (ddpm, "guidance"),
    "stylegan": (lambda: kgen.build("stylegan", (8, 8, 1), seed=0), "truncation"),
}
QUICK = ("bernoulli", "ddpm")


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[] if n in QUICK else [pytest.mark.slow]) for n in MODELS],
)
def test_each_row_has_its_own_number(name, tmp_path):
    build, option = MODELS[name]
    model = build()
    path = kgen.export(model, tmp_path, options=[option])
    served = signatures(path)
    assert not harmful(read_graphs(path))
    function, numbers = served[f"sample_with_{option}"], np.array(NUMBERS[option])
    inputs = {"seed": SEEDS, option: numbers}
    if model.num_classes:
        inputs["labels"] = LABELS
    found = run(function, **inputs)
    expected = [
        model.sample(
            labels=LABELS[[i]] if model.num_classes else None,
            seed=SEEDS[[i]],
            **{option: number},
        )[0]
        for i, number in enumerate(numbers)
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)
    plain = {key: value for key, value in inputs.items() if key != option}
    assert np.any(run(served["sample"], **plain) != found)
    # A row does not depend on its batch.
    part = {key: value[2:4] for key, value in inputs.items()}
    np.testing.assert_allclose(run(function, **part), found[2:4], rtol=1e-6, atol=1e-6)
    empty = {key: value[:0] for key, value in inputs.items()}
    assert len(run(function, **empty)) == 0
    # For a bad number the answer is NaN, or -1; other rows stay as they are.
    numbers[:2] = np.nan, np.inf
    if option != "truncation":
        numbers[2] = -1.0
    bad = run(function, **{**inputs, option: numbers})
    count = 2 if option == "truncation" else 3
    missing = bad[:count]
    assert (np.isnan(missing) if found.dtype.kind == "f" else missing == -1).all()
    np.testing.assert_allclose(bad[count:], found[count:], rtol=1e-6, atol=1e-6)


def half_known(shape):
    """Data in [0, 1] and a mask: a part, all and nothing of a row is known."""
    known = np.zeros((len(SEEDS), *shape), bool)
    known[:, : shape[0] // 2 + 1] = True
    known[1], known[2] = True, False
    given = np.random.default_rng(0).integers(0, 2, known.shape).astype("float32")
    return given, known


@parametrize(
    "build",
    [lambda: pixelcnn(num_classes=2), images],
    1,
    ids=["pixelcnn", "ddpm"],
)
def test_a_completion_is_that_of_python(build, tmp_path):
    model = build()
    given, known = half_known(model.data_shape)
    path = kgen.export(model, tmp_path, options="given")
    function = signatures(path)["complete"]
    expected = model.sample(labels=LABELS, seed=SEEDS, given=given, known=known)
    # What is not known may be anything, as in Python.
    inputs = {"given": np.where(known, given, np.nan), "known": known}
    inputs |= {"seed": SEEDS, "labels": LABELS}
    found = run(function, **inputs)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(found[known], given[known], atol=1e-6)
    part = {key: value[2:4] for key, value in inputs.items()}
    np.testing.assert_allclose(run(function, **part), found[2:4], rtol=1e-6, atol=1e-6)
    inputs["given"][0, 0, 0, 0], inputs["labels"] = 255.0, np.array([0, 7, 1, 0, 1])
    bad = run(function, **inputs)
    assert np.isnan(bad[:2]).all()
    np.testing.assert_allclose(bad[2:], found[2:], rtol=1e-6, atol=1e-6)
    # By the verb, of either kind of model.
    rows = {"given": given, "known": known, "seed": SEEDS}
    served = serving.call(serving.open_any(path), "sample", LABELS, **rows)
    np.testing.assert_allclose(served, expected, rtol=1e-6, atol=1e-6)
    in_python = serving.call(model, "sample", LABELS, **rows)
    np.testing.assert_array_equal(in_python, expected)


def test_a_completion_of_ints(tmp_path):
    model = kgen.build("transformer", (6,), num_codes=4, width=4, num_blocks=1, seed=0)
    given = np.random.default_rng(0).integers(0, 4, (5, 6))
    known = np.arange(6) < np.arange(5)[:, None]
    function = signatures(kgen.export(model, tmp_path, options="given"))["complete"]
    expected = model.sample(seed=SEEDS, given=given, known=known)
    inputs = {"given": np.where(known, given, 99), "known": known, "seed": SEEDS}
    np.testing.assert_array_equal(run(function, **inputs), expected)


def test_numbers_of_steps(tmp_path):
    model = ddpm(sampler="ddim")
    path = kgen.export(model, tmp_path, num_steps=[2, 12])
    served = signatures(path)
    for count in (2, 12):
        sampler = kgen.diffusion.DDIM(num_steps=count)
        expected = model.sample(labels=LABELS, seed=SEEDS, sampler=sampler)
        found = run(served[f"sample_{count}_steps"], labels=LABELS, seed=SEEDS)
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)
        for opened in (serving.open_any(path), model):
            found = serving.samples_of(path, opened, 4, seed=7, num_steps=count)
            expected = model.sample(labels=[0, 1, 0, 1], seed=7, sampler=sampler)
            np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_either_kind_of_model_takes_an_option_by_name(tmp_path):
    model = kgen.build("nice", (3,), hidden=(4,), num_steps=2, seed=0)
    model.save(tmp_path / "model.keras")
    path = kgen.export(model, tmp_path / "served", options=["temperature"])
    expected = model.sample(4, seed=7, temperature=0.5)
    for place in (tmp_path, path):
        found = serving.sample_any(place, 4, seed=7, temperature=0.5)
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)
    opened = serving.open_any(path)
    name = "sample_with_temperature"
    rows = {"seed": SEEDS, "temperature": NUMBERS["temperature"]}
    np.testing.assert_array_equal(
        serving.call(opened, name, **rows), serving.call(opened, "sample", **rows)
    )
    with pytest.raises(ValueError, match="NaN or infinity: it refuses some"):
        serving.call(opened, "sample", seed=SEEDS, temperature=0.0)


def test_without_options_there_are_no_such_signatures(tmp_path):
    path = kgen.export(ddpm(), tmp_path)
    assert not [n for n in signatures(path) if "_with_" in n or n == "complete"]
    opened = serving.open_any(path)
    with pytest.raises(
        ValueError, match="no signature 'sample_10_steps'.*num_steps of"
    ):
        serving.call(opened, "sample", LABELS, seed=SEEDS, num_steps=10)
    with pytest.raises(ValueError, match="given guidance, num_steps, but .* for each"):
        opened.sample(2, [0, 1], guidance=2.0, num_steps=10)


def test_options_that_a_model_or_a_format_lacks_are_refused(tmp_path):
    gan = kgen.build("gan", (3,), latent_dim=2, hidden=(4,))
    flow = kgen.build("nice", (3,), hidden=(4,))
    unlabelled = ddpm(num_classes=None)
    for model, settings, message in (
        (
            gan,
            {"options": ["temperature"]},
            "'temperature'.*this GAN has none to serve",
        ),
        (flow, {"options": ["given"]}, "'given'.*this Flow has temperature to"),
        (unlabelled, {"options": ["guidance"]}, "'guidance'.*this DDPM has given to"),
        (flow, {"num_steps": [3]}, "num_steps=3 was given.*this Flow takes no steps"),
        (unlabelled, {"num_steps": [13]}, "num_steps=13 .*DDPM has 12 steps"),
        (unlabelled, {"num_steps": 0}, "num_steps=0, but expects an int, 1 or"),
        (flow, {"options": ["temperature"], "format": "onnx"}, "'onnx' cannot carry"),
        (flow, {"options": 3}, "options=3, but expects names"),
    ):
        with pytest.raises(ValueError, match=message):
            kgen.export(model, tmp_path / "new", **settings)
    assert not (tmp_path / "new").exists()
