"""Each augmentation against NumPy, SciPy and colorsys-like formulas; gradients."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage

from kgen.adversarial import AdaptiveAugmentation, Augmentation
from kgen.adversarial.augmentation import colour, geometry
from kgen.adversarial.augmentation.draws import Draws

RNG = np.random.default_rng(0)
IMAGES = RNG.random((300, 5, 8, 3)).astype("float32")
SEED = [3, 4]


def maps(kind, name, p=1.0, rows=300, size=(5, 8)):
    draws = Draws(rows, p, SEED)
    return kind.random_maps([name], draws, size if kind is geometry else 3).numpy()


def sampled(image, matrix):
    """SciPy's bilinear interpolation at the mapped places, mirrored at the centres."""
    height, width, channels = image.shape
    y, x = np.mgrid[:height, :width].reshape(2, -1)
    centre = np.array([[(width - 1) / 2], [(height - 1) / 2]])
    places = np.stack([x, y]) - centre
    x, y = matrix[:2, :2] @ places + matrix[:2, 2:] + centre
    planes = [
        ndimage.map_coordinates(image[..., c], [y, x], order=1, mode="mirror")
        for c in range(channels)
    ]
    return np.stack(planes, -1).reshape(image.shape)


@pytest.mark.parametrize("shape", [(5, 8, 3), (7, 4, 1), (1, 6, 2), (2, 1, 1)])
def test_sampling_is_that_of_scipy(shape):
    images = RNG.random((20, *shape)).astype("float32")
    draws = Draws(20, 1.0, SEED)
    matrices = geometry.random_maps(geometry.OPERATIONS, draws, shape[:2])
    found = geometry.warped(tf.constant(images), matrices)
    for image, matrix, result in zip(images, matrices.numpy(), found, strict=True):
        np.testing.assert_allclose(result, sampled(image, matrix), atol=2e-4)


def test_blits_move_whole_pixels():
    images = RNG.random((200, 6, 6, 3)).astype("float32")
    flips = Augmentation(geometric=["flip"], colour="none")(images, 1.0, SEED).numpy()
    kept = np.all(flips == images, axis=(1, 2, 3))
    np.testing.assert_array_equal(flips[~kept], images[~kept][:, :, ::-1])
    assert 70 < np.sum(kept) < 130
    turns = Augmentation(geometric=["quarter_turns"], colour="none")
    counts = np.zeros(4)
    for turned, image in zip(turns(images, 1.0, SEED).numpy(), images, strict=True):
        same = [np.array_equal(turned, np.rot90(image, k)) for k in range(4)]
        counts += same
    assert counts.sum() == 200 and counts.min() > 30
    shift = maps(geometry, "shift", size=(16, 24))
    assert np.array_equal(shift, np.round(shift))
    assert np.abs(shift[:, 0, 2]).max() == 3 and np.abs(shift[:, 1, 2]).max() == 2


def test_geometric_parameters_are_those_of_the_paper():
    for name, sign in (("scale", 1), ("stretch", -1)):
        found = maps(geometry, name, rows=4000)
        across, down = np.log2(found[:, 0, 0]), np.log2(found[:, 1, 1])
        assert np.std(across) == pytest.approx(0.2, rel=0.05)
        np.testing.assert_allclose(down, sign * across, atol=1e-6)
    shift = maps(geometry, "fractional_shift", rows=4000)
    np.testing.assert_allclose(np.std(shift[:, :2, 2], axis=0), [1, 0.625], rtol=0.05)
    turn = maps(geometry, "rotation", rows=4000)[:, :2, :2]
    np.testing.assert_allclose(
        turn @ turn.swapaxes(1, 2), [np.eye(2)] * 4000, atol=1e-6
    )
    angles = np.arctan2(turn[:, 1, 0], turn[:, 0, 0])
    assert np.std(angles) == pytest.approx(2 * np.pi / np.sqrt(12), rel=0.05)


def test_the_two_rotations_change_an_image_with_probability_p():
    draws = Draws(20_000, 0.36, SEED)
    one = geometry.rotation(draws, (5, 8)).numpy()
    other = geometry.rotation(draws, (5, 8)).numpy()
    changed = (np.abs(one[:, 1, 0]) > 0) | (np.abs(other[:, 1, 0]) > 0)
    assert np.mean(changed) == pytest.approx(0.36, abs=0.015)


@pytest.mark.parametrize("kind", [geometry, colour], ids=["geometry", "colour"])
def test_each_operation_changes_the_share_p(kind):
    for name in kind.OPERATIONS:
        p = 0.3 if name != "rotation" else 1 - 0.7**2
        found = maps(kind, name, p, rows=20_000, size=(64, 64))
        changed = np.any(found != np.eye(found.shape[-1]), axis=(1, 2))
        # Some of the chosen stay as they are.
        share = {"flip": 0.5, "luma_flip": 0.5, "quarter_turns": 0.75, "shift": 0.996}
        expected = 0.3 * share.get(name, 1.0)
        assert np.mean(changed) == pytest.approx(expected, abs=0.012), name


def test_colours_by_hand():
    """On pixels in -1..1: around the gray axis, along it, or away from it."""
    x = 2 * IMAGES.reshape(300, -1, 3) - 1
    gray = x.mean(-1, keepdims=True)

    def result(name):
        only = Augmentation(geometric="none", colour=[name])
        found = only(IMAGES, 1.0, SEED).numpy().reshape(x.shape)
        return 2 * found - 1, maps(colour, name)

    def row(values):
        return values[:, None, None]

    found, matrix = result("brightness")
    np.testing.assert_allclose(found, x + row(matrix[:, 0, 3]), atol=1e-5)
    assert np.std(matrix[:, 0, 3]) == pytest.approx(0.2, rel=0.1)
    found, matrix = result("contrast")
    np.testing.assert_allclose(found, x * row(matrix[:, 0, 0]), atol=1e-5)
    assert np.std(np.log2(matrix[:, 0, 0])) == pytest.approx(0.5, rel=0.1)
    found, matrix = result("luma_flip")
    flipped = matrix[:, 0, 0] < 0.5
    assert 110 < flipped.sum() < 190
    np.testing.assert_allclose(found[~flipped], x[~flipped], atol=1e-5)
    np.testing.assert_allclose(found[flipped], (x - 2 * gray)[flipped], atol=1e-5)
    found, matrix = result("saturation")
    factor = row(matrix[:, 0, 0] - matrix[:, 0, 1])
    np.testing.assert_allclose(found, gray + factor * (x - gray), atol=1e-5)
    assert np.std(np.log2(factor)) == pytest.approx(1.0, rel=0.1)
    found, matrix = result("hue")
    np.testing.assert_allclose(found.mean(-1), gray[..., 0], atol=1e-5)
    lengths = (np.linalg.norm(values - gray, axis=-1) for values in (found, x))
    np.testing.assert_allclose(*lengths, atol=1e-5)
    # A third of a turn exchanges the channels.
    third = np.roll(np.eye(3), 1, axis=0)
    angle = np.arccos((np.trace(matrix[:, :3, :3], axis1=1, axis2=2) - 1) / 2)
    near = np.argmin(np.abs(angle - 2 * np.pi / 3))
    either = [np.abs(matrix[near, :3, :3] - m).max() for m in (third, third.T)]
    assert min(either) < 0.05


def test_gray_images_have_brightness_contrast_and_luma():
    gray = Augmentation(geometric="none")(IMAGES[..., :1], 1.0, SEED).numpy()
    x, y = (2 * a.reshape(300, -1) - 1 for a in (IMAGES[..., :1], gray))
    for before, after in zip(x, y, strict=True):
        slope, offset = np.polyfit(before, after, 1)
        np.testing.assert_allclose(after, slope * before + offset, atol=1e-4)


def test_without_probability_nothing_changes_a_bit():
    found = Augmentation(colour="none")(IMAGES, 0.0, SEED)
    np.testing.assert_array_equal(found, IMAGES)
    np.testing.assert_allclose(Augmentation()(IMAGES, 0.0, SEED), IMAGES, atol=1e-6)


def test_the_gradient_is_the_exact_adjoint():
    """The map is affine in the image: A x + b, and the slope along u is A u."""
    augmentation = Augmentation()
    images, u, v = (
        tf.constant(RNG.normal(size=(4, 5, 7, 3)), "float32") for _ in "abc"
    )

    def change(x):
        return augmentation(x, 0.9, SEED)

    with tf.GradientTape() as tape:
        tape.watch(images)
        value = tf.reduce_sum(v * change(images))
    slope = tf.reduce_sum(tape.gradient(value, images) * u)
    difference = tf.reduce_sum(v * (change(images + u) - change(images - u))) / 2
    np.testing.assert_allclose(slope, difference, rtol=1e-4)


def test_the_gradient_of_a_gradient_by_finite_differences():
    """As R1 needs it: the slope of `|grad D(A x)|^2` by the weights of D."""
    augmentation = Augmentation()
    images = tf.constant(IMAGES[:3])
    weight = tf.constant(RNG.normal(size=images.shape[1:]), "float32")
    direction = tf.constant(RNG.normal(size=images.shape[1:]), "float32")

    def penalty(w):
        with tf.GradientTape() as tape:
            tape.watch(images)
            values = tf.reduce_sum(tf.tanh(w * augmentation(images, 0.8, SEED)))
        return tf.reduce_sum(tape.gradient(values, images) ** 2)

    with tf.GradientTape() as tape:
        tape.watch(weight)
        value = penalty(weight)
    slope = tf.reduce_sum(tape.gradient(value, weight) * direction)
    step = 1e-2
    ahead, behind = (penalty(weight + s * direction) for s in (step, -step))
    np.testing.assert_allclose(slope, (ahead - behind) / (2 * step), rtol=5e-3)


def test_rows_are_changed_on_their_own_and_by_the_seed():
    same = np.repeat(IMAGES[:1], 16, axis=0)
    found = Augmentation()(same, 1.0, SEED).numpy()
    assert len(np.unique(found.round(5), axis=0)) == 16
    np.testing.assert_array_equal(found, Augmentation()(same, 1.0, SEED))
    assert np.any(found != Augmentation()(same, 1.0, [3, 5]).numpy())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"p": 1.5}, "p was given as 1.5"),
        ({"geometric": "flips"}, "Unknown geometric 'flips'"),
        ({"geometric": ["flip", "turn"]}, "Unknown name in geometric 'turn'"),
        ({"colour": 3}, "colour was given as 3, but expects one of all, none"),
        ({"geometric": "none", "colour": []}, "leave no operation"),
    ],
)
def test_what_makes_no_sense_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Augmentation(**settings)


def test_an_adaptive_one_refuses_its_own():
    for settings in ({"target": 2.0}, {"adapt_images": 0}, {"every": 0.5}):
        with pytest.raises(ValueError, match=next(iter(settings))):
            AdaptiveAugmentation(**settings)
    with pytest.raises(ValueError, match="p=0.9 and limit=0.8"):
        AdaptiveAugmentation(p=0.9)
