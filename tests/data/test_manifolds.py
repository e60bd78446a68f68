"""Swiss roll and S-curve, against scikit-learn's."""

import numpy as np
import pytest
from scipy.stats import ks_2samp
from sklearn.datasets import make_s_curve, make_swiss_roll

import kgen.data
from kgen.data.manifolds import Manifold

REFERENCES = {"swiss_roll": make_swiss_roll, "s_curve": make_s_curve}


@pytest.mark.parametrize("name", REFERENCES)
def test_the_surface_is_that_of_the_reference(name):
    """scikit-learn gives the points and the first coordinate, x[1] is the second."""
    x, t = REFERENCES[name](500, random_state=0)
    surface = kgen.data.manifold(name)
    found = surface.points(np.stack([t, x[:, 1]], axis=1))
    np.testing.assert_allclose(found, x, atol=1e-9)


@pytest.mark.parametrize("name", REFERENCES)
def test_samples_are_those_of_the_reference(name):
    reference, t = REFERENCES[name](5000, noise=0.1, random_state=0)
    surface = kgen.data.manifold(name, noise=0.1)
    x, coordinates = surface.sample(5000, seed=1, return_coordinates=True)
    assert x.dtype == coordinates.dtype == np.float32
    for one, other in zip((*x.T, coordinates[:, 0]), (*reference.T, t), strict=True):
        assert ks_2samp(one, other).pvalue > 0.001
    noise = x - surface.points(coordinates)
    assert noise.std() == pytest.approx(0.1, rel=0.03)
    clean, same = kgen.data.manifold(name).sample(5000, 1, return_coordinates=True)
    np.testing.assert_array_equal(coordinates, same)
    np.testing.assert_allclose(clean, surface.points(same), atol=1e-5)


@pytest.mark.parametrize("name", REFERENCES)
def test_loaded_points_have_slices_of_the_coordinate_as_labels(name):
    train, test = kgen.data.load(name, batch_size=1000)
    assert (len(train), len(test), train.num_classes) == (20, 5, 10)
    x, labels = (np.concatenate(part) for part in zip(*test, strict=True))
    points, coordinates = kgen.data.manifold(name).sample(5000, 1, True)
    np.testing.assert_array_equal(x, points)
    assert np.all(np.bincount(labels) > 400)
    # Slices follow one another along the curve.
    means = [coordinates[labels == k, 0].mean() for k in range(10)]
    assert np.all(np.diff(means) > 0)


def test_refused():
    with pytest.raises(ValueError, match="no manifold 'swiss'. Did you mean"):
        kgen.data.manifold("swiss")
    with pytest.raises(ValueError, match="noise"):
        kgen.data.manifold("s_curve", noise=-1.0)
    surface = kgen.data.manifold("s_curve")
    with pytest.raises(ValueError, match=r"expects \(n, 2\)"):
        surface.points([0.0, 1.0])
    with pytest.raises(ValueError, match="num_samples"):
        surface.sample(2.5)
    assert repr(Manifold(surface.surface, surface.ranges)) == "<Manifold 'manifold'>"
