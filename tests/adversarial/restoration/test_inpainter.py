"""Completion: given pixels, holes, patches, and the losses by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kgen
from kgen.adversarial.restoration.holes import around, filled, random_rectangles
from kgen.networks import completion_generator, dcgan_discriminator
from kgen.testing.resume_checks import check_resume
from kgen.testing.tools import reloaded
from kgen.testing.training_checks import check_inputs
from tests.adversarial.restoration.slopes import check_gradients


def key(seed):
    return tf.constant([0, seed], tf.int64)


SHAPE = (7, 10, 2)
RNG = np.random.default_rng(0)
X = RNG.random((6, *SHAPE)).astype("float32")
MASK = np.array(random_rectangles(6, SHAPE[:2], (0.25, 0.6), key(0)))


def inpainter(**settings):
    keras.utils.set_random_seed(0)
    sizes = {"filters": (3, 4), "dilations": (2,), "features": 4}
    return kgen.build("inpainter", SHAPE, seed=0, **{**sizes, **settings})


def test_given_pixels_stay_bit_by_bit():
    model = inpainter()
    found = model.complete(X, MASK).numpy()
    hole = np.broadcast_to(MASK, X.shape)
    np.testing.assert_array_equal(found[~hole], X[~hole])
    assert np.all(found[hole] != X[hole])
    other = np.where(hole, RNG.random(X.shape), X)
    np.testing.assert_array_equal(model.complete(other, MASK), found)
    np.testing.assert_array_equal(reloaded(model).complete(X, MASK), found)
    np.testing.assert_array_equal(model.complete(X, np.zeros_like(MASK)), X)
    assert np.all(np.isfinite(model.complete(X, np.ones_like(MASK))))


def test_random_rectangles():
    masks = np.array(random_rectangles(4000, (8, 12), (0.25, 0.5), key(1)))[..., 0]
    heights, widths = masks.any(2).sum(1), masks.any(1).sum(1)
    np.testing.assert_array_equal(masks.sum((1, 2)), heights * widths)
    for sides, lengths in ((heights, (2, 3, 4)), (widths, (3, 4, 5, 6))):
        found, counts = np.unique(sides, return_counts=True)
        np.testing.assert_array_equal(found, lengths)
        assert np.all(np.abs(counts / 4000 - 1 / len(lengths)) < 0.04)
    first = masks[heights == 4].any(2).argmax(1)
    _, counts = np.unique(first, return_counts=True)
    assert np.all(np.abs(counts / len(first) - 1 / 5) < 0.05)
    assert np.all(random_rectangles(3, (4, 5), (1.0, 1.0), key(0)))
    smallest = np.array(random_rectangles(3, (4, 5), (1e-3, 1e-3), key(0)))
    np.testing.assert_array_equal(smallest.sum((1, 2, 3)), 1)


def test_holes_are_filled_with_the_mean_of_the_other_pixels():
    found = np.array(filled(X, MASK))
    for x, mask, image in zip(X, MASK[..., 0], found, strict=True):
        expected = x[~mask].mean(axis=0)
        np.testing.assert_allclose(
            image[mask], np.tile(expected, (mask.sum(), 1)), 1e-5
        )
        np.testing.assert_array_equal(image[~mask], x[~mask])


def test_a_patch_lies_around_the_hole():
    mask = np.zeros((4, 9, 12, 1), bool)
    mask[0, 3:6, 5:8] = True  # Its center is the pixel (4, 6).
    mask[1, 0, 0] = True
    mask[2, 8, 10:] = True
    image = np.random.default_rng(0).random((4, 9, 12, 2)).astype("float32")
    found = around(tf.constant(image), tf.constant(mask), (5, 3))
    starts = [(2, 5), (0, 0), (4, 9), (2, 4)]  # The last has no hole.
    for row, (top, left) in enumerate(starts):
        expected = image[row, top : top + 5, left : left + 3]
        np.testing.assert_array_equal(found[row], expected)


@pytest.mark.parametrize("loss", ["l1", "mse"])
def test_the_objectives_by_hand(loss):
    model = inpainter(reconstruction_loss=loss, adversarial_weight=0.2)
    found = model.complete(X, MASK).numpy()
    gap = np.abs(found - X) if loss == "l1" else (found - X) ** 2
    pairs = zip(gap, MASK[..., 0], strict=True)
    reconstruction = np.array([error[mask].mean() for error, mask in pairs])

    def judged(image):
        patch = around(tf.constant(image), MASK, (4, 5))
        return model.discriminator([tf.constant(image), patch]).numpy()[:, 0]

    parts = {"x": X, "mask": tf.constant(MASK)}
    terms = model.generator_objective(**parts)
    np.testing.assert_allclose(terms["reconstruction"], reconstruction, rtol=1e-4)
    expected = reconstruction + 0.2 * np.log1p(np.exp(-judged(found)))
    np.testing.assert_allclose(terms["generator_loss"], expected, rtol=1e-4)
    terms = model.discriminator_objective(**parts)
    expected = np.log1p(np.exp(-judged(X))) + np.log1p(np.exp(judged(found)))
    np.testing.assert_allclose(terms["discriminator_loss"], expected, rtol=1e-4)


def test_the_gradients_of_both_players():
    model = inpainter(
        activation="tanh",
        discriminator_activation="tanh",
        reconstruction_loss="mse",
        adversarial_weight=1.0,
    )
    parts = {"x": tf.constant(X), "mask": tf.constant(MASK), "labels": None}
    check_gradients(model, parts)


class WithoutMasks(kgen.Inpainter):
    """Data has no masks, so that the checks of the contract draw them."""

    @property
    def data_specs(self):
        return {k: spec for k, spec in super().data_specs.items() if k != "mask"}


@pytest.mark.slow
def test_drawn_holes_keep_the_contract():
    model = inpainter()
    drawing = WithoutMasks(model.generator, model.discriminator, seed=0)
    drawing.compile()
    check_inputs(drawing, X)
    check_resume(drawing, X)
    one, other = (drawing.generator_objective(X)["reconstruction"] for _ in range(2))
    assert not np.array_equal(one, other)  # Other holes.


@pytest.mark.slow
def test_masks_come_by_name_and_labels_are_ignored():
    model = inpainter()
    model.fit({"x": X, "mask": MASK}, epochs=1, verbose=0)
    labels = np.zeros(6, "int32")
    model.fit(X, labels, epochs=1, verbose=0)
    data = tf.data.Dataset.from_tensor_slices({"x": X, "mask": MASK}).batch(3)
    found = [model.evaluate(data, verbose=0, return_dict=True) for _ in range(2)]
    assert found[0] == found[1]  # The holes are the data's.


def test_a_discriminator_without_patches():
    keras.utils.set_random_seed(0)
    generator = completion_generator(SHAPE, (3,), ())
    judge = dcgan_discriminator(SHAPE, (3,), normalization=None)
    model = kgen.Inpainter(generator, judge, seed=0)
    model.compile()
    model.fit(X, epochs=1, verbose=0)
    assert model.complete(X, MASK).shape == X.shape


@pytest.mark.slow
def test_it_learns_to_continue_a_colour():
    colours = RNG.random((256, 1, 1, 2)).astype("float32")
    x = np.broadcast_to(colours, (256, *SHAPE))
    model = inpainter(filters=(8,), learning_rate=1e-2, adversarial_weight=1e-3)
    before = model.evaluate(x, verbose=0, return_dict=True)["reconstruction"]
    model.fit(x, batch_size=16, epochs=5, verbose=0)
    after = model.evaluate(x, verbose=0, return_dict=True)["reconstruction"]
    assert after < 0.35 * before


def other_judge(shape):
    return dcgan_discriminator(shape, (3,), normalization=None)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: inpainter(hole=0.5), "hole=0.5, but expects"),
        (lambda: inpainter(hole=(0.5, 0.2)), "smallest and the largest share"),
        (lambda: inpainter(hole=(0.0, 0.2)), "smallest and the largest share"),
        (lambda: inpainter(reconstruction_loss="l3"), "Unknown reconstruction_loss"),
        (lambda: inpainter(adversarial_weight=-1), "adversarial_weight=-1"),
        (
            lambda: kgen.Inpainter(
                completion_generator(SHAPE, (3,), ()), other_judge((7, 9, 2))
            ),
            r"takes images of shape \(7, 9, 2\)",
        ),
        (
            lambda: kgen.Inpainter(
                kgen.networks.unet(SHAPE, 2, (2,)), other_judge(SHAPE)
            ),
            "expects one named 'mask'",
        ),
        (lambda: kgen.build("inpainter", (4,)), "expect images"),
    ],
)
def test_what_does_not_fit_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_mask_of_another_form_is_refused():
    model = inpainter()
    with pytest.raises(ValueError, match="mask of type float32, but expects bools"):
        model.complete(X, MASK.astype("float32"))
    with pytest.raises(ValueError, match=r"mask of shape .* \(batch, 7, 10, 1\)"):
        model.complete(X, np.repeat(MASK, 2, -1))
    with pytest.raises(ValueError, match="by name: a dictionary with x and mask"):
        model.fit(X, MASK, verbose=0)
