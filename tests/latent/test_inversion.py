"""Inversion: least squares, roots of a polynomial, a decoder's own data."""

import keras
import numpy as np
import pytest

import kgen
from kgen.latent import invert

RANDOM = np.random.default_rng(0)


class Decoder(kgen.GenerativeModel):
    """Has `decode` only, as a GAN has: a function of z."""

    def __init__(self, function, data_shape, latent_shape):
        super().__init__(seed=0)
        self.function = function
        self.data_shape = data_shape
        self.latent_shape = latent_shape

    @kgen.verb(returns="x")
    def decode(self, z, labels=None):
        return self.function(z)


def linear(matrix, shift):
    return Decoder(lambda z: z @ matrix + shift, (matrix.shape[1],), (len(matrix),))


def test_linear_decoder_gives_least_squares():
    matrix = RANDOM.normal(size=(3, 7)).astype("float32")
    shift = RANDOM.normal(size=7).astype("float32")
    x = RANDOM.normal(size=(5, 7)).astype("float32")
    z, error = invert(linear(matrix, shift), x, num_steps=800)
    expected, residual, *_ = np.linalg.lstsq(matrix.T, (x - shift).T)
    assert z.shape == (5, 3) and error.shape == (5,)
    np.testing.assert_allclose(z, expected.T, atol=1e-4)
    np.testing.assert_allclose(error, residual, rtol=1e-4)


# `z^3 - 3 z` has bends at -1 and 1, in which a descent gets stuck.
CUBIC = Decoder(lambda z: z**3 - 3.0 * z, (1,), (1,))
X = np.array([[-12.0], [12.0], [-7.0], [30.0], [-30.0], [7.0]], "float32")


def test_several_starts_find_the_global_minimum():
    roots = [np.roots([1.0, 0.0, -3.0, -x]) for (x,) in X]
    expected = [root[np.abs(root.imag) < 1e-6].real for root in roots]
    z, error = invert(CUBIC, X, num_starts=64)
    np.testing.assert_allclose(z, expected, atol=1e-4)
    np.testing.assert_allclose(error, 0.0, atol=1e-4)
    _, stuck = invert(CUBIC, X, num_starts=1)
    at_a_bend = (np.abs(X[:, 0]) - 2.0) ** 2
    assert np.any(stuck > 1.0)
    np.testing.assert_allclose(stuck, np.where(stuck > 1.0, at_a_bend, 0.0), atol=1e-3)


def test_rows_do_not_depend_on_each_other():
    z, error = invert(CUBIC, X, num_steps=20, num_starts=3)
    for rows in (slice(1), slice(4)):
        alone, its_error = invert(CUBIC, X[rows], num_steps=20, num_starts=3)
        np.testing.assert_allclose(alone, z[rows], rtol=1e-5)
        np.testing.assert_allclose(its_error, error[rows], rtol=1e-4)


def test_seed_fixes_the_starts():
    z, other = (invert(CUBIC, X, num_steps=1, seed=seed)[0] for seed in (3, 4))
    np.testing.assert_array_equal(invert(CUBIC, X, num_steps=1, seed=3)[0], z)
    assert np.all(z != other)


def test_latents_and_data_of_several_axes():
    model = Decoder(lambda z: 2.0 * z - 1.0, (2, 3), (2, 3))
    x = RANDOM.normal(size=(4, 2, 3))
    z, error = invert(model, x)
    np.testing.assert_allclose(z, (x + 1.0) / 2.0, atol=1e-4)
    assert error.shape == (4,) and error.max() < 1e-6


def test_codes_of_a_vae_are_found_again():
    keras.utils.set_random_seed(0)
    vae = kgen.build("vae", (6,), latent_dim=2, hidden=(8,), seed=0)
    z = RANDOM.normal(size=(4, 2)).astype("float32")
    weights = [w.copy() for w in vae.get_weights()]
    found, error = invert(vae, vae.decode(z))
    np.testing.assert_allclose(found, z, atol=1e-2)
    assert error.max() < 1e-6
    encoded = np.sum((vae.reconstruct(vae.decode(z)) - vae.decode(z)) ** 2, axis=1)
    assert np.all(error < encoded)
    for now, then in zip(vae.get_weights(), weights, strict=True):
        assert np.array_equal(now, then)


def test_conditional_model_is_told_the_class():
    keras.utils.set_random_seed(0)
    model = kgen.build("cvae", (6,), num_classes=2, latent_dim=2, hidden=(8,), seed=0)
    labels = np.array([0, 1, 1])
    x = model.decode(RANDOM.normal(size=(3, 2)), labels=labels)
    _, error = invert(model, x, labels)
    _, others = invert(model, x, 1 - labels)
    assert error.max() < 1e-6 and np.all(others > 10 * error)
    with pytest.raises(ValueError, match="`invert` needs labels"):
        invert(model, x)
    with pytest.raises(ValueError, match="`invert` was given labels"):
        invert(CUBIC, X, labels=np.zeros(6, int))


def test_a_vector_of_seeds_gives_each_row_its_own():
    seeds = np.array([3, 3, 9, 3, 3, 3])
    x = np.repeat(X[:1], 6, axis=0)
    z, _ = invert(CUBIC, x, num_steps=2, seed=seeds)
    same = np.isclose(z[:, 0], z[0, 0])
    np.testing.assert_array_equal(same, seeds == 3)
    with pytest.raises(ValueError, match="seed=.*vector of 6"):
        invert(CUBIC, X, seed=[1, 2])


class Judged(Decoder):
    """`x = z A` with features `x B`."""

    def __init__(self, matrix, by):
        super().__init__(lambda z: z @ matrix, (matrix.shape[1],), (len(matrix),))
        self.by = by

    @kgen.verb(exported=False)
    def features(self, x, labels=None):
        return x @ self.by


def test_features_weigh_in_as_least_squares():
    """`(1 - w) |z A - x|^2 + w |(z A - x) B|^2` is least squares, too."""
    matrix = RANDOM.normal(size=(2, 4)).astype("float32")
    by = RANDOM.normal(size=(4, 3)).astype("float32")
    x = RANDOM.normal(size=(5, 4)).astype("float32")
    root = np.concatenate([np.sqrt(0.7) * np.eye(4), np.sqrt(0.3) * by], axis=1)
    model = Judged(matrix, by)
    z, error = invert(model, x, num_steps=800, feature_weight=0.3)
    expected, residual, *_ = np.linalg.lstsq((matrix @ root).T, (x @ root).T)
    np.testing.assert_allclose(z, expected.T, atol=1e-3)
    np.testing.assert_allclose(error, residual, rtol=1e-3)
    with pytest.raises(ValueError, match="feature_weight=0.1, but a Decoder has no"):
        invert(CUBIC, X, feature_weight=0.1)
    with pytest.raises(ValueError, match=r"number in 0\.\.1"):
        invert(model, x, feature_weight=1.5)


def test_a_context_is_given_to_the_decoder():
    keras.utils.set_random_seed(0)
    model = kgen.build("gan", (3,), context_shape=2, latent_dim=3, hidden=(8,), seed=0)
    context = RANDOM.normal(size=(4, 2)).astype("float32")
    z = RANDOM.normal(size=(4, 3)).astype("float32")
    x = model.decode(z, context=context)
    _, error = invert(model, x, context)
    _, other = invert(model, x, -context)
    assert 10 * error.max() < other.max()
    with pytest.raises(ValueError, match="needs the context"):
        invert(model, x)
    with pytest.raises(ValueError, match="context of 3 rows"):
        invert(model, x, context[:3])


def test_what_cannot_be_inverted():
    with pytest.raises(ValueError, match="GenerativeModel has no `decode`"):
        invert(kgen.GenerativeModel(), X)
    codes = kgen.build("vq-vae", (8, 8, 1), num_codes=4)
    with pytest.raises(ValueError, match="codes of this VQVAE are integers"):
        invert(codes, np.zeros((1, 8, 8, 1)))
    with pytest.raises(ValueError, match=r"given x of shape \(6, 2\).*\(batch, 1\)"):
        invert(CUBIC, np.zeros((6, 2)))
    with pytest.raises(ValueError, match="num_starts=0"):
        invert(CUBIC, X, num_starts=0)
