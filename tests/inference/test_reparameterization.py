"""Reparameterisations against SciPy: densities, quantiles, moments, derivatives."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from kgen.inference import reparameterization
from kgen.inference.reparameterization import TABLE, draw, transform

# Parameters of each entry of one variable, and SciPy's distribution of the same ones.
CASES = {
    "normal": ({"loc": 1.0, "scale": 2.0}, stats.norm),
    "approximate_normal": ({"loc": 1.0, "scale": 2.0}, stats.norm),
    "box_muller": ({"loc": -1.0, "scale": 0.5}, stats.norm),
    "exponential": ({"rate": 2.5}, lambda rate: stats.expon(scale=1 / rate)),
    "logistic": ({"loc": 1.0, "scale": 0.7}, stats.logistic),
    "gumbel": ({"loc": 1.0, "scale": 0.7}, stats.gumbel_r),
    "kumaraswamy": (
        {"a": 2.0, "b": 3.0},
        # The power 1 / a of a variable of Beta(1, b).
        lambda a, b: stats.beta(1.0, b),
    ),
    "cauchy": ({"loc": 1.0, "scale": 0.7}, stats.cauchy),
    "weibull": (
        {"concentration": 1.7, "scale": 2.0},
        lambda concentration, scale: stats.weibull_min(concentration, scale=scale),
    ),
    "erlang": (
        {"concentration": 3, "rate": 2.0},
        lambda concentration, rate: stats.gamma(concentration, scale=1 / rate),
    ),
    "log_normal": (
        {"loc": 0.5, "scale": 0.4},
        lambda loc, scale: stats.lognorm(scale, scale=np.exp(loc)),
    ),
    "student_t": ({"df": 5.0, "loc": 1.0, "scale": 0.5}, stats.t),
    "symmetric_beta": (
        {"excess": 1.3},
        lambda excess: stats.beta(0.5 + excess, 0.5 + excess),
    ),
    "laplace": ({"loc": 1.0, "scale": 0.7}, stats.laplace),
    "arcsine": (
        {"low": -1.0, "high": 2.0},
        lambda low, high: stats.arcsine(loc=low, scale=high - low),
    ),
    "hyperbolic_secant": (
        {"loc": 1.0, "scale": 0.7},
        lambda loc, scale: stats.hypsecant(loc=loc, scale=scale * 2 / np.pi),
    ),
    "triangular": (
        {"loc": 1.0, "scale": 0.7},
        lambda loc, scale: stats.triang(0.5, loc=loc - scale, scale=2 * scale),
    ),
    "rayleigh": ({"scale": 1.5}, lambda scale: stats.rayleigh(scale=scale)),
    "pareto": (
        {"concentration": 3.5, "scale": 2.0},
        lambda concentration, scale: stats.pareto(concentration, scale=scale),
    ),
}
INVERSES = [
    *("exponential", "logistic", "gumbel", "cauchy", "weibull"),
    *("arcsine", "hyperbolic_secant", "approximate_normal"),
]


def of_beta(name, z, parameters):
    """Kumaraswamy's variable to the power a is a beta variable."""
    return z ** parameters["a"] if name == "kumaraswamy" else z


def test_every_entry_of_one_variable_is_tested():
    assert CASES.keys() | {"multivariate_normal", "dirichlet"} == TABLE.keys()
    for entry in TABLE.values():
        assert entry.kind in reparameterization.KINDS and entry.formula


@pytest.mark.parametrize("name", CASES)
def test_draws_have_the_distribution_of_scipy(name):
    """By the test of Kolmogorov and Smirnov, at a fixed seed."""
    parameters, make = CASES[name]
    z = draw(name, (5000,), seed=0, **parameters).numpy()
    assert z.dtype == "float32" and np.isfinite(z).all()
    known = make(**parameters)
    assert stats.kstest(of_beta(name, z, parameters), known.cdf).pvalue > 0.01


@pytest.mark.parametrize("name", CASES)
def test_the_mean_has_the_gradient_of_the_closed_form(name):
    """`E[dz/dtheta] = dE[z]/dtheta`, by differences of SciPy's means."""
    parameters, make = CASES[name]
    if name == "cauchy":
        return  # It has no mean.
    for key, slopes in slopes_of_draws(name, parameters).items():
        slopes = np.asarray(slopes)
        step = 1e-3
        ends = [
            mean_of(name, {**parameters, key: parameters[key] + sign * step})
            for sign in (1, -1)
        ]
        expected = (ends[0] - ends[1]) / (2 * step)
        error = slopes.std() / len(slopes) ** 0.5
        assert abs(slopes.mean() - expected) < 4 * error + 2e-3, key


def slopes_of_draws(name, parameters, size=20_000):
    """dz/dtheta of each draw: each has parameters of its own, with the same value."""
    counts = TABLE[name].counts
    free = {k: tf.fill([size], v) for k, v in parameters.items() if k not in counts}
    fixed = {k: v for k, v in parameters.items() if k in counts}
    with tf.GradientTape() as tape:
        tape.watch(free)
        z = draw(name, (size,), seed=1, **free, **fixed)
    return tape.gradient(z, free)


def mean_of(name, parameters):
    if name == "kumaraswamy":
        a, b = parameters["a"], parameters["b"]
        return stats.beta(1.0, b).expect(lambda y: y ** (1 / a))
    return CASES[name][1](**parameters).mean()


@pytest.mark.parametrize("name", INVERSES)
def test_inverses_are_quantiles_and_so_are_their_derivatives(name):
    parameters, make = CASES[name]
    u = np.linspace(0.01, 0.99, 50)
    free = {key: tf.fill([50], value) for key, value in parameters.items()}
    with tf.GradientTape() as tape:
        tape.watch(free)
        z = transform(name, u, **free)
    # The rational function is within 4.5e-4 of the standard normal quantile.
    atol = 4.5e-4 * 2 if name == "approximate_normal" else 1e-5
    np.testing.assert_allclose(z, make(**parameters).ppf(u), rtol=2e-4, atol=atol)
    for key, slopes in tape.gradient(z, free).items():
        step = 1e-4
        high, low = (
            make(**{**parameters, key: parameters[key] + sign * step}).ppf(u)
            for sign in (1, -1)
        )
        expected = (high - low) / (2 * step)
        np.testing.assert_allclose(slopes, expected, rtol=1e-3, atol=max(1e-3, atol))


def test_the_derivatives_of_the_normal_are_one_and_the_noise():
    eps = np.float32([-1.5, 0.0, 2.0])
    loc, scale = tf.fill([3], 0.7), tf.fill([3], 1.3)
    with tf.GradientTape() as tape:
        tape.watch([loc, scale])
        z = transform("normal", eps, loc=loc, scale=scale)
    slopes = tape.gradient(z, [loc, scale])
    np.testing.assert_array_equal(slopes[0], 1.0)
    np.testing.assert_array_equal(slopes[1], eps)


def test_a_factor_of_the_covariance_gives_correlated_draws():
    mean = np.float32([1.0, -2.0])
    factor = np.float32([[1.5, 0.0], [-0.8, 0.6]])
    z = draw("multivariate_normal", (20_000,), 0, loc=mean, scale_tril=factor).numpy()
    np.testing.assert_allclose(z.mean(axis=0), mean, atol=4 * 1.5 / 20_000**0.5)
    np.testing.assert_allclose(np.cov(z.T), factor @ factor.T, atol=0.08)
    loc = tf.fill([1, 2], 0.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(loc)
        found = transform(
            "multivariate_normal", [[0.5, 2.0]], loc=loc, scale_tril=factor
        )
    np.testing.assert_array_equal(tape.gradient(found, loc), [[1.0, 1.0]])
    np.testing.assert_allclose(found[0], factor @ [0.5, 2.0], rtol=1e-6)


def test_a_dirichlet_from_gammas_has_its_moments_and_gradient():
    concentration = np.float32([1.0, 2.0, 3.5])
    size = 4000
    wide = tf.constant(np.tile(concentration, (size, 1)))
    with tf.GradientTape() as tape:
        tape.watch(wide)
        z = reparameterized_rows(wide)
        first = z[:, 0]
    np.testing.assert_allclose(tf.reduce_sum(z, axis=1), 1.0, rtol=1e-5)
    known = stats.dirichlet(concentration)
    error = np.sqrt(known.var() / size)
    assert np.all(abs(z.numpy().mean(axis=0) - known.mean()) < 4 * error)
    assert stats.kstest(first, stats.beta(1.0, 5.5).cdf).pvalue > 0.01
    total = concentration.sum()
    # d(a_0 / sum a) / da_j
    expected = (np.eye(3)[0] * total - concentration[0]) / total**2
    slopes = tape.gradient(first, wide).numpy()
    error = slopes.std(axis=0) / size**0.5
    assert np.all(abs(slopes.mean(axis=0) - expected) < 4 * error)


def reparameterized_rows(concentration):
    """One draw for each row of concentrations."""
    return draw("dirichlet", (len(concentration),), seed=0, concentration=concentration)


def test_each_draw_has_noise_of_its_own():
    z = draw("dirichlet", (50,), seed=0, concentration=np.ones((50, 3)))
    assert z.shape == (50, 3) and len(np.unique(z[:, 0])) == 50
    for call, message in (
        (
            lambda: draw("exponential", (2,), rate=np.ones((3, 2))),
            r"shape=\(2,\).*share noise",
        ),
        (
            lambda: draw("multivariate_normal", loc=0.0, scale_tril=np.eye(2)),
            "loc as one number",
        ),
        (lambda: draw("dirichlet", concentration=1.0), "as one number"),
        (
            lambda: transform("erlang", np.ones((1, 2)), concentration=3, rate=1.0),
            "expects 3 numbers",
        ),
    ):
        with pytest.raises(ValueError, match=message):
            call()


def test_parameters_broadcast_and_seeds_repeat():
    z = draw("exponential", (1000, 2), seed=0, rate=[1.0, 10.0])
    assert z.shape == (1000, 2)
    assert 5 < np.mean(z[:, 0]) / np.mean(z[:, 1]) < 20
    again = draw("exponential", (1000, 2), seed=0, rate=[1.0, 10.0])
    other = draw("exponential", (1000, 2), seed=1, rate=[1.0, 10.0])
    assert np.array_equal(z, again) and not np.array_equal(z, other)
    assert draw("cauchy", loc=0.0, scale=1.0).shape == ()


def test_mistakes_are_named():
    with pytest.raises(ValueError, match="Did you mean 'exponential'"):
        draw("exponentail", rate=1.0)
    with pytest.raises(ValueError, match=r"expects \(rate\)"):
        draw("exponential", scale=1.0)
    with pytest.raises(ValueError, match="rate with the value -1"):
        draw("exponential", rate=-1.0)
    with pytest.raises(ValueError, match="concentration=2.5"):
        draw("erlang", concentration=2.5, rate=1.0)
    with pytest.raises(ValueError, match="takes 2: u, v"):
        transform("laplace", [0.5], loc=0.0, scale=1.0)
    with pytest.raises(ValueError, match="kind of reparameterization"):
        reparameterization.register("x", "u", "magic", reparameterization.uniforms())
    with pytest.raises(ValueError, match="already"):
        reparameterization.register(
            "normal", "u", "one-liner", reparameterization.uniforms()
        )(lambda u: u)
