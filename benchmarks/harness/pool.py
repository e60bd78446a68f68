"""Many trainings, one for each processor at a time."""

import concurrent.futures
import multiprocessing
import os


def each(run, tasks, processes):
    """The results of `run` for each task, in order; each is printed as it comes.

    Args:
        run: Module-level function of one task; it does the imports that it needs.
        tasks: Iterable of tuples.
        processes: Number of processes at once, each with one thread.
    """
    os.environ.update(
        TF_NUM_INTRAOP_THREADS="1",
        TF_NUM_INTEROP_THREADS="1",
        TF_CPP_MIN_LOG_LEVEL="3",
        CUDA_VISIBLE_DEVICES="-1",
    )
    context = multiprocessing.get_context("spawn")
    tasks = list(tasks)
    with concurrent.futures.ProcessPoolExecutor(processes, context) as pool:
        for task, found in zip(tasks, pool.map(run, tasks), strict=True):
            print(*task, found, sep=", ", flush=True)
            yield task, found
