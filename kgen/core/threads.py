"""The number of threads of scikit-learn's loops."""


def threads_for(num_rows):
    """A context in which scikit-learn takes one thread if rows are few.

    Its threads wait for each other in each of some thousand short steps. If other
    programs need the cores too, waiting takes many times as long as the work.

    Args:
        num_rows: Number of rows that the loops are over.
    """
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1 if num_rows < 2000 else None, user_api="openmp")
