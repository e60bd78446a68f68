"""The densities of scikit-learn: a Gaussian, and mixtures chosen by held-out nats."""

import itertools
import warnings

from benchmarks.densities.data import table

COVARIANCES = ("full", "tied", "diag", "spherical")
# Added to variances: scikit-learn's default, and a value for the smallest table.
REGULARISERS = (1e-6, 0.1)


def gaussian(name, split):
    """A Gaussian with a full covariance.

    Args:
        name: Name of the table.
        split: Seed of the split.
    """
    return best(name, split, [(1, "full", 1e-6)])


def mixture(name, split):
    """The best of 1 to 10 Gaussians, four kinds of covariances, two regularisers."""
    settings = itertools.product(range(1, 11), COVARIANCES, REGULARISERS)
    return best(name, split, settings)


def best(name, split, settings):
    """The mixture with the fewest nats on the rows for choosing.

    Args:
        name: Of the table.
        split: Seed of the split.
        settings: For each mixture the number of components, the kind of covariances
            and the number added to variances.

    Returns:
        Dictionary: nats of the rows for choosing, and `held_out`.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture
    from threadpoolctl import threadpool_limits

    # In float32 some covariances have no inverse.
    x, choosing, held_out = (part.astype("float64") for part in table(name, split))
    models = []
    for num_components, covariance_type, regulariser in settings:
        model = GaussianMixture(
            num_components,
            covariance_type=covariance_type,
            reg_covar=regulariser,
            random_state=0,
        )
        # On tables this small, threads would only wait for each other.
        with warnings.catch_warnings(), threadpool_limits(1):
            warnings.simplefilter("ignore", ConvergenceWarning)
            models.append(model.fit(x))
    chosen = max(models, key=lambda model: model.score(choosing))
    return {
        "choosing": -float(chosen.score(choosing)),
        "held_out": -float(chosen.score(held_out)),
    }
