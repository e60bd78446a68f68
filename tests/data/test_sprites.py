"""Images whose factors are known: each factor changes what its name says."""

import numpy as np
import pytest

import kgen.data
from kgen.data.sprites import COLOURS, Sprites

SPRITES = Sprites()


def middle(images):
    """Row and column of the centre of mass of each image."""
    mass = images.sum(-1).astype("float64")
    total = mass.sum((1, 2))
    places = np.arange(images.shape[1]) + 0.5
    rows = (mass.sum(2) * places).sum(1) / total
    return rows, (mass.sum(1) * places).sum(1) / total


def changed(name, start=(0, 0, 2, 0, 2, 2)):
    """Images that differ in one factor alone."""
    place = SPRITES.names.index(name)
    factors = np.tile(start, (SPRITES.num_values[place], 1))
    factors[:, place] = np.arange(len(factors))
    return SPRITES.images(factors)


def test_no_two_images_are_the_same():
    images = SPRITES.images()
    assert images.shape == (len(SPRITES), 16, 16, 3) == (2916, 16, 16, 3)
    assert len(np.unique(images.reshape(len(images), -1), axis=0)) == len(images)
    assert images.dtype == "float32" and images.min() == 0 and images.max() == 1
    # The whole shape is inside: its mass is that of the same shape elsewhere, but for
    # the 16 points that a pixel is the mean of.
    mass = images.sum((1, 2, 3)).reshape(*SPRITES.num_values[:4], -1)
    np.testing.assert_allclose(mass, mass.mean(-1, keepdims=True) + 0 * mass, rtol=0.15)


def test_each_factor_changes_what_its_name_says():
    rows, columns = middle(changed("x"))
    np.testing.assert_allclose(np.diff(columns), 1.54, atol=0.15)
    assert np.ptp(rows) < 0.01
    rows, columns = middle(changed("y"))
    assert np.all(np.diff(rows) > 1) and np.ptp(columns) < 0.01
    areas = changed("size").sum((1, 2, 3))
    # A square's area grows with the square of its side.
    np.testing.assert_allclose(
        areas / areas[-1], [(11 / 19) ** 2, (15 / 19) ** 2, 1], atol=0.03
    )
    colours = changed("colour").max((1, 2))
    np.testing.assert_allclose(colours, COLOURS[:3])
    turned = changed("rotation")
    np.testing.assert_allclose(turned.sum((1, 2, 3)), turned[0].sum(), rtol=0.06)
    rows, columns = middle(turned)
    assert np.ptp(rows) < 0.05 and np.ptp(columns) < 0.05
    assert np.abs(turned[0] - turned[1]).max() > 0.3


def test_samples_are_images_of_their_factors():
    images, factors = SPRITES.sample(40, seed=3)
    np.testing.assert_array_equal(images, SPRITES.images(factors))
    again, _ = SPRITES.sample(40, seed=3)
    np.testing.assert_array_equal(images, again)
    with pytest.raises(ValueError, match="num_samples=0"):
        SPRITES.sample(0)
    assert factors.shape == (40, 6) and np.all(factors < SPRITES.num_values)


def test_they_are_a_data_set_with_the_shape_as_the_label():
    parts = []
    for split in ("train", "test"):
        batches = kgen.data.load("sprites", split)
        x, labels = (np.concatenate(part) for part in zip(*batches, strict=True))
        assert set(labels) == {0, 1, 2}
        parts.append({row.tobytes() for row in x})
    train, test = parts
    assert not train & test
    assert len(train) + len(test) == len(SPRITES) and len(test) == 583


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"image_size": 4}, "image_size=4, but expects an int from 8"),
        ({"colours": 9}, "colours=9"),
        ({"positions": 2.0}, "positions=2.0"),
    ],
)
def test_settings_of_no_sense_are_refused(settings, said):
    with pytest.raises(ValueError, match=said):
        Sprites(**settings)


@pytest.mark.parametrize(
    ("factors", "said"),
    [
        ([[0, 0]], r"shape \(1, 2\)"),
        ([[0, 0, 0, 0, 0, 6]], "out of range"),
        ([[0.5] * 6], "float64"),
    ],
)
def test_factors_of_no_sense_are_refused(factors, said):
    with pytest.raises(ValueError, match=said):
        SPRITES.images(factors)
