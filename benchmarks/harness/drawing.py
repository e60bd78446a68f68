"""The time of a sample."""

import time


def milliseconds_a_sample(model, num_samples):
    """Processor time of a sample, of so many at once, ms; after a first call.

    Args:
        model: A `GenerativeModel` with the verb `sample`.
        num_samples: Number of samples.
    """
    from kgen.core.sampling import sample_array

    sample_array(model, num_samples, seed=0)
    start = time.process_time()
    sample_array(model, num_samples, seed=1)
    return 1e3 * (time.process_time() - start) / num_samples
