"""Models under a vector or an image in the place of a class, in all wings."""

import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.networks.gan import heads
from kgen.networks.inputs import condition_input
from kgen.recipes import RECIPES, settings_of
from kgen.testing.tools import reloaded
from tests.choice import parametrize

TINY = {"hidden": (7,), "filters": (4, 5), "latent_dim": 3, "seed": 0}
TINY |= {"width": 4, "head_filters": 4, "num_blocks": 1, "first_kernel_size": 3}
TINY |= {"num_timesteps": 4}


def built(name, shape=(4, 4, 1), **settings):
    recipe = RECIPES[name]
    sizes = {k: v for k, v in TINY.items() if k in settings_of(recipe)}
    found = {**recipe.settings_for(shape), **sizes, **settings}
    sizes = {k: v for k, v in sizes.items() if k not in recipe.unused(shape, found)}
    return kgen.build(name, shape, **{**sizes, **settings})


@parametrize(
    "name, settings",
    [
        ("autoencoder", {}),
        ("dcgan", {"conditioning": "concatenate"}),
        ("pixelcnn", {}),
        ("glow", {}),
        ("vq-vae", {}),
        ("began", {}),
        ("hinge-gan", {"network": "resnet"}),
        ("gan", {"network": "mlp"}),
        ("pixelrnn", {}),
    ],
    by_default=4,
)
def test_verbs_depend_on_the_context(name, settings):
    check_dependence(built(name, context_shape=2, **settings))


@parametrize("shape", [(4, 4, 1), (2, 3, 2)], 1)
@parametrize(
    "name, settings",
    [
        ("cvae", {}),
        ("dcgan", {"conditioning": "concatenate"}),
        # A few ReLUs may all be off.
        ("gated-pixelcnn", {"width": 16, "head_filters": 16}),
        ("ddpm", {"network": "unet"}),
        ("realnvp", {}),
        ("conv-autoencoder", {}),
        ("pixelrnn", {}),
        ("ddpm", {"network": "mlp"}),
        ("maf", {}),
        ("glow", {}),
    ],
    by_default=5,
)
def test_verbs_depend_on_every_pixel_of_an_image(name, settings, shape):
    """An image of the same size as the data, and one of another size."""
    check_dependence(built(name, context_shape=shape, **settings))


def check_dependence(model):
    """Each value of the context makes a difference."""
    rng = np.random.default_rng(0)
    for variable in model.trainable_variables:  # Some start at 0.
        variable.assign_add(0.1 * rng.normal(size=variable.shape))
    x = np.random.default_rng(0).random((3, 4, 4, 1)).round().astype("float32")
    verbs = ("log_prob", "reconstruct", "elbo", "sample")
    verb = next(name for name in verbs if hasattr(model, name))
    shape = model.context_shape
    context = np.ones((1 + int(np.prod(shape)), *shape), "float32")
    for row, place in enumerate(np.ndindex(shape)):
        context[1 + row][place] = -2.0
    inputs = {"x": np.repeat(x[:1], len(context), axis=0)}
    inputs |= {"seed": np.zeros(len(context), int)}
    inputs = {k: v for k, v in inputs.items() if k in getattr(model, verb).arguments}
    found = np.asarray(getattr(model, verb)(**inputs, context=context))
    assert np.array_equal(found, getattr(model, verb)(**inputs, context=context))
    assert np.any(found[1:] != found[:1], axis=tuple(range(1, found.ndim))).all()


def test_a_context_is_learned():
    rng = np.random.default_rng(0)
    context = rng.uniform(-1, 1, (512, 1)).astype("float32")
    x = 3 * context + 0.1 * rng.normal(size=(512, 2)).astype("float32")
    model = kgen.build("vae", (2,), context_shape=1, latent_dim=1, hidden=(32,), seed=0)
    model.fit(x, context, epochs=20, verbose=0)
    asked = np.linspace(-1, 1, 64, dtype="float32")[:, None]
    samples = model.sample(context=asked, seed=0).numpy()
    assert np.corrcoef(asked[:, 0], samples[:, 0])[0, 1] > 0.95


def test_a_one_hot_context_is_what_labels_are():
    """The same weights: classes are a special case of vectors."""
    labels = np.array([0, 2, 1], "int32")
    one, other = built("vae", num_classes=3), built("vae", context_shape=3)
    other.set_weights(one.get_weights())
    found = other.sample(context=np.eye(3)[labels], seed=0)
    np.testing.assert_allclose(found, one.sample(labels=labels, seed=0), atol=1e-6)


@pytest.mark.slow
def test_two_stages_pass_an_image_on():
    """The prior alone takes it, the first stage alone, or both."""
    rng = np.random.default_rng(0)
    x = rng.random((8, 4, 4, 1)).round().astype("float32")
    context = rng.random((8, 2, 2, 1)).astype("float32")
    shape = context.shape[1:]
    for of_first, of_prior in ((None, shape), (shape, None), (shape, shape)):
        first = built("vae", context_shape=of_first)
        prior = built("realnvp", (3,), context_shape=of_prior, num_steps=2)
        model = kgen.TwoStage(first, prior, seed=0)
        assert model.context_shape == shape
        model.fit(x, context, verbose=0)
        one = model.sample(context=context, seed=0)
        assert np.any(one != model.sample(context=1 - context, seed=0))
        again = reloaded(model).sample(context=context, seed=0)
        np.testing.assert_allclose(again, one, atol=1e-5)
        bound = model.elbo(x, context=context, seed=0)
        assert np.any(bound != model.elbo(x, context=1 - context, seed=0))
    with pytest.raises(ValueError, match=r"context_shape=\(2, 2, 1\) and `prior` co"):
        kgen.TwoStage(first, built("realnvp", (3,), context_shape=4))


def test_tools_of_the_latent_take_a_context():
    rng = np.random.default_rng(0)
    x = rng.random((4, 4, 4, 1)).astype("float32")
    context = rng.random((4, 2, 2)).astype("float32")
    model = built("vae", latent_dim=2, context_shape=(2, 2))
    data = tf.data.Dataset.from_tensor_slices((x, context)).batch(3)
    z, _ = kgen.latent.codes(model, data)
    np.testing.assert_allclose(z, model.encode(x, context=context), atol=1e-6)
    paths = kgen.latent.interpolate(model, x[:2], x[2:], 3, labels=context[:2])
    start = model.decode(model.encode(x[:2], context=context[:2]), context=context[:2])
    np.testing.assert_allclose(paths[:, 0], start, atol=1e-5)
    assert kgen.latent.morph(model, x, 2, label=context[0]).shape == (7, 4, 4, 1)
    grid = kgen.latent.manifold(model, 3, label=context[0])
    centre = model.decode(np.zeros((1, 2)), context=context[:1])
    np.testing.assert_allclose(grid[4], centre[0], atol=1e-6)
    rows = kgen.latent.traverse(model, z[0], 0, [0.0, 1.0], label=context[0])
    assert rows.shape[0] == 2
    assert kgen.metrics.identity_score(model, x, labels=context)["explained"] < 1.0
    with pytest.raises(ValueError, match=r"one context of shape \(2, 2\)"):
        kgen.latent.manifold(model, 3, label=1)
    with pytest.raises(ValueError, match=r"the context of all pictures, of shape"):
        kgen.latent.manifold(model, 3)
    with pytest.raises(ValueError, match="Train one without context_shape"):
        kgen.downstream.code_classifier(model, 3)


def test_a_data_set_gives_the_context():
    model = built("vae", context_shape=2)
    x, context = np.zeros((5, 4, 4, 1), "float32"), np.ones((5, 2), "float32")
    data = tf.data.Dataset.from_tensor_slices((x, context)).batch(2)
    found = model.encode(data)
    np.testing.assert_allclose(found, model.encode(x, context=context), atol=1e-6)


def test_detectors_and_trajectories_take_a_context():
    context = np.ones((3, 2), "float32")
    model = built("ddpm", (2,), context_shape=2)
    x = np.zeros((3, 2), "float32")
    assert model.elbo_by_time(x, context=context, seed=0).shape == (3, 5)
    frames = model.trajectory(context=context, seed=0, num_frames=2)
    np.testing.assert_allclose(frames[:, -1], model.sample(context=context, seed=0))
    assert model.predict_x0(x, 1, context=context).x_0.shape == (3, 2)
    detector = kgen.downstream.AnomalyDetector(built("autoencoder", context_shape=2))
    scores = detector.scores(np.zeros((3, 4, 4, 1), "float32"), context)
    assert scores.shape == (3,)


@pytest.mark.parametrize("name", ["vae", "gan", "ddpm", "pixelcnn"])
def test_classes_and_context_exclude_one_another(name):
    with pytest.raises(ValueError, match="num_classes=3 and context_shape=2. Choose"):
        built(name, num_classes=3, context_shape=2)
    with pytest.raises(ValueError, match="Choose one"):
        condition_input(3, 2)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: kgen.GaussianMixture((2,), context_shape=2), "takes no context"),
        (lambda: built("ddpm", (2,), context_shape=2, guidance=2.0), "guidance=2.0"),
        (
            lambda: built("ddpm", (2,), context_shape=2, label_dropout=0.1),
            "not contexts",
        ),
        (lambda: built("gan", (2,), context_shape=2, packing=2), "packing=2"),
        (lambda: built("vae", context_shape=(4, 0)), "the shape of one context"),
        (
            lambda: kgen.Autoencoder(None, None, context_shape="4"),
            "shape of one context",
        ),
    ],
)
def test_what_takes_no_context_says_so(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_networks_must_take_the_context_of_the_model():
    encoder = kgen.networks.mlp_encoder((2,), 2, context_shape=3)
    decoder = kgen.networks.mlp_decoder(1, (2,), num_parameters=2, context_shape=3)
    for size in (None, 2):
        with pytest.raises(ValueError, match="take a 'context'"):
            kgen.VAE(encoder, decoder, "learned_gaussian", context_shape=size)


def test_vectors_as_labels_are_told_of_context_shape():
    model = built("vae", num_classes=3)
    with pytest.raises(
        ValueError, match="argmax.*context_shape instead of num_classes"
    ):
        model.fit(np.zeros((4, 4, 4, 1)), np.zeros((4, 2)), verbose=0)


def test_the_projection_of_a_context_is_a_dense_layer():
    inputs, h = heads.discriminator_input((2,), "projection", None, 3)
    assert [tensor.name for tensor in inputs] == ["x", "context"]
    assert h.shape == (None, 2)
