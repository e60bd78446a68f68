"""Fréchet and kernel distance against closed forms, loops and their known biases."""

import itertools

import numpy as np
import pytest
from scipy import linalg

from kgen.metrics import frechet_distance, kernel_distance


def sample(mean, covariance, num_examples=50, seed=0):
    """Examples whose mean and covariance are exactly these."""
    noise = np.random.default_rng(seed).normal(size=(num_examples, len(mean)))
    noise -= noise.mean(axis=0)
    noise = noise @ np.linalg.inv(np.linalg.cholesky(np.cov(noise.T))).T
    return mean + noise @ np.linalg.cholesky(covariance).T


def test_closed_form_of_gaussians_with_a_common_basis():
    basis = linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    one, other = np.array([1.0, 4.0, 9.0]), np.array([16.0, 1.0, 0.25])
    mean = np.array([1.0, -2.0, 0.5])
    real = sample(np.zeros(3), basis * one @ basis.T)
    fake = sample(mean, basis * other @ basis.T, num_examples=70, seed=2)
    expected = np.sum(mean**2) + np.sum((np.sqrt(one) - np.sqrt(other)) ** 2)
    assert frechet_distance(real, fake) == pytest.approx(expected, rel=1e-9)
    assert frechet_distance(fake, real) == pytest.approx(expected, rel=1e-9)


def test_agrees_with_the_root_of_a_matrix():
    rng = np.random.default_rng(0)
    real = rng.normal(size=(200, 6)) @ rng.normal(size=(6, 6))
    fake = rng.normal(size=(300, 6)) @ rng.normal(size=(6, 6)) + 1.0
    one, other = np.cov(real.T), np.cov(fake.T)
    root = linalg.sqrtm(one @ other).real
    gap = real.mean(axis=0) - fake.mean(axis=0)
    expected = gap @ gap + np.trace(one + other - 2 * root)
    assert frechet_distance(real, fake) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("num_examples", [100, 5])
def test_equal_sets_are_no_distance_apart_though_covariances_are_singular(num_examples):
    features = np.random.default_rng(0).normal(size=(num_examples, 16))
    features[:, 3] = 0.0  # A feature that is switched off.
    features[:, 4] = features[:, 5]
    distance = frechet_distance(features, features[::-1].astype("float32"))
    assert 0.0 <= distance < 1e-6


def test_singular_covariances_in_different_directions():
    """Squared distance of two line segments at a right angle: nothing in common."""
    real, fake = np.zeros((2, 4, 3))
    real[:, 0] = fake[:, 1] = [-3.0, -1.0, 1.0, 3.0]
    assert frechet_distance(real, fake) == pytest.approx(2 * 20 / 3, rel=1e-12)


@pytest.mark.parametrize("num_examples", [1000, 4000])
def test_bias_of_two_samples_of_one_gaussian(num_examples):
    """`(2 d + (d^2 + d) / 2) / n` to first order: 2.2 for d = 64 and n = 1000."""
    rng = np.random.default_rng(0)
    pairs = rng.normal(size=(5, 2, num_examples, 64))
    found = np.mean([frechet_distance(*pair) for pair in pairs])
    expected = (2 * 64 + (64**2 + 64) / 2) / num_examples
    assert found == pytest.approx(expected, rel=0.03)


def test_what_is_no_features_is_refused():
    good = np.zeros((4, 3))
    for bad in (np.zeros((4, 2)), np.zeros(4), np.zeros((1, 3)), np.zeros((4, 3, 1))):
        with pytest.raises(ValueError, match=r"same d and at least 2 rows"):
            frechet_distance(good, bad)
    with pytest.raises(ValueError, match="fake has .* not finite, in 1 of 4 rows"):
        frechet_distance(good, good + np.array([[np.nan], [0], [0], [0]]))


def test_a_generator_that_gives_one_and_the_same_example():
    real = sample(np.zeros(3), np.diag([1.0, 4.0, 9.0]))
    fake = np.tile([1.0, 0.0, 2.0], (10, 1))
    assert frechet_distance(real, fake) == pytest.approx(14.0 + 5.0, rel=1e-9)


def kernel(x, y):
    return (x @ y / len(x) + 1) ** 3


def test_kernel_distance_written_out():
    rng = np.random.default_rng(0)
    real, fake = rng.normal(size=(5, 3)), rng.normal(size=(4, 3)) + 0.5
    expected = 0.0
    for rows in (real, fake):
        n = len(rows)
        for i in range(n):
            for j in range(n):
                if i != j:
                    expected += kernel(rows[i], rows[j]) / (n * (n - 1))
    for one in real:
        for other in fake:
            expected -= 2 * kernel(one, other) / (len(real) * len(fake))
    found = kernel_distance(real, fake)
    assert found == pytest.approx(expected, rel=1e-9)


def test_kernel_distance_has_no_bias():
    """All pairs of sets of two that two distributions on three points may give."""
    real, fake = np.random.default_rng(0).normal(size=(2, 3, 2))
    pairs = list(itertools.product(range(3), repeat=2))
    estimates = [
        kernel_distance(real[list(i)], fake[list(j)])
        for i, j in itertools.product(pairs, repeat=2)
    ]
    exact = np.mean(
        [
            kernel(x, y) + kernel(u, v) - kernel(x, v) - kernel(y, u)
            for x, y in itertools.product(real, repeat=2)
            for u, v in itertools.product(fake, repeat=2)
        ]
    )
    assert min(estimates) < 0.0 < exact
    assert np.mean(estimates) == pytest.approx(exact, rel=1e-9)


def test_kernel_distance_of_one_gaussian_is_zero_where_pairs_with_themselves_are_not():
    """`E k(x, x) - E k(x, x') = 3 + 3 s2 + s3 - 3 / d`, moments s of |x|^2 / d."""
    d, n = 64, 100
    rng = np.random.default_rng(0)
    sets = rng.normal(size=(50, 2, n, d))
    estimates = [kernel_distance(*pair) for pair in sets]
    error = np.std(estimates) / np.sqrt(len(sets))
    assert abs(np.mean(estimates)) < 3 * error < 0.01
    norms = np.sum(sets**2, axis=-1) / d + 1
    itself = np.mean(norms**3) - (1 + 3 / d)
    expected = 3 + 3 * (d + 2) / d + (d + 2) * (d + 4) / d**2 - 3 / d
    assert itself == pytest.approx(expected, rel=0.01)
    assert 2 * itself / n == pytest.approx(0.14, abs=0.005)


def test_kernel_distance_of_a_shift():
    """`E k` of N(0, I), and N(v, I) by the moments of `x^T y / d`."""
    d = 8
    shift = np.full(d, 0.5)
    square = shift @ shift / d  # x^T y / d has this mean within fake.
    rng = np.random.default_rng(0)
    sets = rng.normal(size=(20, 2, 500, d))
    found = [kernel_distance(x, y + shift) for x, y in sets]
    # t = m + g, g of variance w: E (1 + t)^3 = (1 + m)^3 + 3 (1 + m) w + E g^3.
    real = 1 + 3 / d
    between = 1 + 3 * (1 + square) / d
    third = 6 * square / d**2  # 6 E[(x.y)(x.v)(y.v)] / d^3 = 6 |v|^2 / d^3
    fake = (1 + square) ** 3 + 3 * (1 + square) * (1 + 2 * square) / d + third
    expected = real + fake - 2 * between
    error = np.std(found) / np.sqrt(len(sets))
    assert abs(np.mean(found) - expected) < 3 * error < 0.1 * expected


def test_subsets_of_the_kernel_distance():
    rng = np.random.default_rng(0)
    real, fake = rng.normal(size=(2, 60, 4)) + np.array([[[0.0]], [[1.0]]])
    whole = kernel_distance(real, fake)
    few = kernel_distance(real, fake, num_subsets=5, subset_size=20)
    assert few != pytest.approx(whole)
    assert few == kernel_distance(real, fake, num_subsets=5, subset_size=20)
    assert few != kernel_distance(real, fake, num_subsets=5, subset_size=20, seed=1)
    many = kernel_distance(real, fake, num_subsets=500, subset_size=30)
    assert many == pytest.approx(whole, rel=0.05)
    # Without replacement: the subset of all rows is the smaller set itself.
    larger = np.concatenate([fake, fake])
    one = kernel_distance(real, larger, num_subsets=1, subset_size=60)
    other = kernel_distance(real[::-1], larger, num_subsets=1, subset_size=60)
    assert one == pytest.approx(other, rel=1e-9)
    with pytest.raises(ValueError, match="at least 2 rows"):
        kernel_distance(real, fake[:1])


@pytest.mark.parametrize("settings", [{"num_subsets": 0}, {"subset_size": 1}])
def test_subsets_that_estimate_nothing_are_refused(settings):
    ((key, value),) = settings.items()
    with pytest.raises(ValueError, match=f"{key}={value}"):
        kernel_distance(np.zeros((3, 1)), np.ones((3, 1)), **settings)


@pytest.mark.parametrize(("dim", "bandwidth", "shift"), [(1, 1.0, 1.0), (4, 2.5, 1.5)])
def test_an_rbf_kernel_has_its_closed_form_for_gaussians(dim, bandwidth, shift):
    """`2 (s^2 / w)^(d/2) (1 - exp(-|m|^2 / (2 w)))`, `w = s^2 + 2`, unit variance."""
    found = []
    for seed in range(60):
        real, fake = np.random.default_rng(seed).normal(size=(2, 200, dim))
        fake[:, 0] += shift
        found.append(kernel_distance(real, fake, kernel="rbf", bandwidth=bandwidth))
    wide = bandwidth**2 + 2
    expected = 2 * (bandwidth**2 / wide) ** (dim / 2)
    expected *= 1 - np.exp(-(shift**2) / (2 * wide))
    error = np.std(found) / np.sqrt(len(found))
    assert np.mean(found) == pytest.approx(expected, abs=4 * error)


def test_the_default_bandwidth_is_the_median_distance():
    real, fake = np.random.default_rng(0).normal(size=(2, 30, 3))
    gaps = np.linalg.norm(real[:, None] - real, axis=-1)[np.triu_indices(30, 1)]
    assert kernel_distance(real, fake, kernel="rbf") == kernel_distance(
        real, fake, kernel="rbf", bandwidth=float(np.median(gaps))
    )


def test_only_the_rbf_kernel_sees_higher_moments():
    """1 or -1, beside 0 three times of four and else 2 or -2: mean, variance, skew."""
    rng = np.random.default_rng(0)
    real = rng.choice([-1.0, 1.0], (1000, 1))
    fake = rng.choice([-2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 2.0], (1000, 1))
    assert abs(kernel_distance(real, fake)) < 0.1
    assert kernel_distance(real, fake, kernel="rbf", bandwidth=0.5) > 0.5


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"bandwidth": 1.0}, "an effect only with kernel='rbf'"),
        ({"kernel": "rbf", "bandwidth": 0.0}, "a bandwidth above 0"),
        ({"kernel": "gauss"}, "Unknown kernel 'gauss'"),
    ],
)
def test_kernels_of_no_sense_are_refused(settings, message):
    x = np.random.default_rng(0).normal(size=(9, 2))
    with pytest.raises(ValueError, match=message):
        kernel_distance(x, x, **settings)
    with pytest.raises(ValueError, match="pass a bandwidth"):
        kernel_distance(np.zeros((9, 2)), x, kernel="rbf")
