"""Augmentation in games of many networks: what each discriminator sees and saves."""

import keras
import numpy as np
import pytest

import kgen
from kgen.adversarial import AdaptiveAugmentation, Augmentation
from kgen.core.verbs import verbs
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


@parametrize("name", ["cyclegan", "srgan", "stackgan", "inpainter", "vae-gan"], 1)
def test_each_discriminator_has_a_probability_that_moves_and_is_saved(name):
    adaptive = AdaptiveAugmentation(
        target=0.0, adapt_images=30, every=1, limit=0.7, geometric=["shift"], p=0.3
    )
    game = built(name, adaptive)
    history = game.fit(*data(name), batch_size=3, epochs=2, verbose=0).history
    copy = reloaded(game)
    for augmenter, term in GAMES[name].items():
        p = float(getattr(game, augmenter).p)
        steps = np.diff([0.3, p]) / 0.1  # 3 images a step, of 30: a tenth.
        assert steps == pytest.approx(np.round(steps), abs=1e-4)
        assert abs(steps[0]) <= 4 and len(history[term]) == 2
        assert float(getattr(copy, augmenter).p) == p
    accuracies = [t.replace("augmentation_p", "real_accuracy") for t in GAMES[name]]
    assert all(0.0 <= min(history.get(t, [0.0])) for t in accuracies)


@parametrize("name", ["inpainter", "vae-gan", "srgan", "stackgan", "cyclegan"], 1)
def test_objectives_see_changed_images_and_verbs_do_not(name):
    """A brightness of 1 for sure changes what a discriminator says of each image."""
    dark = Augmentation(p=1.0, geometric="none", colour=["brightness"])
    game, plain = built(name, dark), built(name, None)
    pairs = zip(game.trainable_variables, plain.trainable_variables, strict=True)
    for ours, theirs in pairs:
        ours.assign(5.0 * ours)  # Kernels that start near 0 hardly see an image.
        theirs.assign(ours)
    logs, bare = (
        m.evaluate(*data(name), batch_size=3, verbose=0, return_dict=True)
        for m in (game, plain)
    )
    for term in ("discriminator_loss", "real_score"):
        assert logs[term] != pytest.approx(bare[term], rel=1e-4)
    for verb in sorted(verbs(game)):
        if verb in ("discriminate", "translate", "translate_back"):
            condition = (LABELS,) if game.num_classes else ()
            found = [getattr(m, verb)(X, *condition) for m in (game, plain)]
            np.testing.assert_array_equal(*found)


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
