"""Few codes take one thread, many take what there are."""

import sklearn.cluster  # noqa: F401  Loads OpenMP.
from threadpoolctl import threadpool_info

from kgen.core.threads import threads_for


def openmp_threads():
    return {i["num_threads"] for i in threadpool_info() if i["user_api"] == "openmp"}


def test_threads_are_given_back():
    before = openmp_threads()
    with threads_for(100):
        assert openmp_threads() == {1}
    assert openmp_threads() == before
    with threads_for(10000):
        assert openmp_threads() == before
