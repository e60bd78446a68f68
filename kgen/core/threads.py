"""How many threads scikit-learn's loops take."""


def threads_for(num_rows):
    """A context in which scikit-learn takes one thread if rows are few.

    Its threads wait for each other in each of some thousand short steps, which takes
    many times as long as the work where other programs need the cores too.

    Args:
        num_rows: How many rows the loops are over.
    """
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1 if num_rows < 2000 else None, user_api="openmp")
