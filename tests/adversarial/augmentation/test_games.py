"""Augmentation in games of many networks: what each discriminator sees and saves."""

import keras
import numpy as np
import pytest

import kgen
from kgen.adversarial import AdaptiveAugmentation, Augmentation
from kgen.recipes import RECIPES
from kgen.testing.replica_checks import check_replicas
from kgen.testing.resume_checks import check_resume
from kgen.testing.tools import reloaded
from tests.choice import parametrize

SHAPE = (8, 8, 1)
RNG = np.random.default_rng(0)
X, Y = (RNG.random((6, *SHAPE)).astype("float32") for _ in "xy")
LABELS = np.arange(6) % 3
# The augmenters of each game, with the terms that say how strong they are.
GAMES = {
    "cyclegan": {
        "augmenter_x": "augmentation_p_x",
        "augmenter_y": "augmentation_p_y",
    },
    "srgan": {"augmenter": "augmentation_p"},
    "inpainter": {"augmenter": "augmentation_p"},
    "stackgan": {
        "small_image_augmenter": "small_augmentation_p",
        "image_augmenter": "augmentation_p",
    },
    "vae-gan": {"augmenter": "augmentation_p"},
}


def built(name, augmentation):
    recipe = RECIPES[name]
    classes = {"num_classes": 3} if recipe.conditional else {}
    settings = {**recipe.tiny_for(SHAPE), **classes}
    return kgen.build(name, SHAPE, augmentation=augmentation, seed=0, **settings)


def data(name):
    """What `fit` of a game takes."""
    beside = {"cyclegan": (Y,), "stackgan": (LABELS,)}
    return (X, *beside.get(name, ()))


@parametrize("name", ["vae-gan", "srgan", "stackgan", "inpainter", "cyclegan"], 0)
def test_each_discriminator_has_a_probability_that_moves_and_is_saved(name):
    """All are right about fewer than all images, so a target of 1 makes p fall."""
    adaptive = AdaptiveAugmentation(
        target=1.0, adapt_images=30, every=1, geometric=["shift"], p=0.7
    )
    game = built(name, adaptive)
    history = game.fit(*data(name), batch_size=3, epochs=2, verbose=0).history
    copy = reloaded(game)
    for augmenter, term in GAMES[name].items():
        # Four steps of 3 images, of 30: of a tenth each, unless all are right.
        steps = (0.7 - float(getattr(game, augmenter).p)) / 0.1
        assert steps == pytest.approx(round(steps), abs=1e-4) and 1 <= round(steps) <= 4
        assert float(getattr(copy, augmenter).p) == float(getattr(game, augmenter).p)
        assert history[term][-1] < 0.7
        accuracy = history[term.replace("augmentation_p", "real_accuracy")]
        assert 0.0 <= min(accuracy) <= max(accuracy) <= 1.0


# What a verb of each game takes beside x.
VERBS = {
    "cyclegan": ("translate", ()),
    "srgan": ("downscale", ()),
    "inpainter": ("complete", (X > 0.5,)),
    "stackgan": ("discriminate", (LABELS,)),
    "vae-gan": ("discriminate", ()),
}


@parametrize("name", ["vae-gan", "inpainter", "srgan", "stackgan", "cyclegan"], 1)
def test_objectives_see_changed_images_and_verbs_do_not(name):
    """A change of brightness for sure changes what a discriminator says of an image."""
    dark = Augmentation(p=1.0, geometric="none", colour=["brightness"])
    game, plain = built(name, dark), built(name, None)
    pairs = zip(game.trainable_variables, plain.trainable_variables, strict=True)
    for ours, theirs in pairs:
        ours.assign(3.0 * ours)  # Kernels that start near 0 hardly see an image.
        theirs.assign(ours)
    logs, bare = (
        m.evaluate(*data(name), batch_size=6, verbose=0, return_dict=True)
        for m in (game, plain)
    )
    for term in ("discriminator_loss", "real_score", "fake_score"):
        assert logs[term] != pytest.approx(bare[term], rel=1e-5)
    verb, beside = VERBS[name]
    np.testing.assert_array_equal(
        *(getattr(m, verb)(X, *beside) for m in (game, plain))
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", list(GAMES))
def test_it_resumes_and_replicas_share_it(name):
    adaptive = AdaptiveAugmentation(
        adapt_images=100, every=1, target=0.1, geometric=["rotation"], colour="none"
    )
    game = built(name, adaptive)
    labels = (LABELS,) if name == "stackgan" else ()
    check_resume(game, X, *labels)
    check_replicas(game, X, *labels)


def test_games_of_vectors_and_codes_have_none():
    with pytest.raises(ValueError, match=r"data of shape \(2,\), but is for images"):
        kgen.build("vae-gan", (2,), augmentation="adaptive")
    shape = (None, None, 1)
    x = keras.Input(shape, name="x")
    pooled = keras.layers.GlobalAveragePooling2D()(x)
    judge = keras.Model(x, keras.layers.Dense(1)(pooled))
    generator = kgen.networks.srresnet(1, 2, width=3, num_blocks=1)
    with pytest.raises(ValueError, match="images of any size"):
        kgen.SRGAN(generator, judge, factor=2, augmentation="fixed")
    with pytest.raises(ValueError, match="Unknown setting .* 'augmentation'"):
        kgen.build("adversarial-autoencoder", SHAPE, augmentation="adaptive")
