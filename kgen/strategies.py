"""Where a model trains: on one device, on all of this machine, on several machines."""

import functools
import json
import os

import tensorflow as tf

from kgen.core.config import lookup

EXAMPLE = json.dumps(
    {
        "cluster": {"worker": ["10.0.0.1:12345", "10.0.0.2:12345"]},
        "task": {"type": "worker", "index": 0},
    }
)


def get(name="auto"):
    """A strategy by the name that `kgen train --strategy` takes.

    Models are built under `strategy.scope()`. Under `"multiworker"` this waits until
    every worker of the cluster has called it, and must come before anything else that
    TensorFlow computes.

    Args:
        name: `"none"`: one device. `"mirrored"`: all GPUs of this machine, or its
            logical CPU devices if it has no GPU. `"multiworker"`: the machines that the
            environment variable `TF_CONFIG` names. `"auto"`: `"multiworker"` if
            `TF_CONFIG` names several, else `"mirrored"` if there are several GPUs, else
            `"none"`.

    Returns:
        A `tf.distribute.Strategy`; for `"none"` TensorFlow's default one.

    Raises:
        ValueError: for an unknown name, or a `TF_CONFIG` that is missing or wrong.
        OSError: if the port that `TF_CONFIG` gives this process is taken.

    Example:

    >>> strategy = kgen.strategies.get("none")
    >>> with strategy.scope():
    ...     vae = kgen.build("vae", data_shape=(8, 8, 1))
    """
    return lookup("strategy", name, STRATEGIES)()


def auto():
    """What suits the machines and devices there are."""
    if len(workers()) > 1:
        return multiworker()
    several = len(tf.config.list_logical_devices("GPU")) > 1
    return mirrored() if several else tf.distribute.get_strategy()


def mirrored():
    """A replica on each device of this machine."""
    devices = tf.config.list_logical_devices
    devices = devices("GPU") or devices("CPU")
    return over(tuple(device.name for device in devices))


@functools.cache
def over(devices):
    """The strategy with a replica on each of these devices, one for the process.

    TensorFlow takes the sums of a second one for those of the first, and waits forever
    or fails.
    """
    return tf.distribute.MirroredStrategy(list(devices))


def multiworker():
    """A replica on each device of each machine of the cluster."""
    if not workers():
        raise ValueError(
            "Several workers need the environment variable TF_CONFIG, which names "
            f"them, on each machine. Example, for the first of two: {EXAMPLE}"
        )
    if len(workers()) > 1:
        print(f"Waiting for {len(workers())} workers: {', '.join(workers())}")
    try:
        return tf.distribute.MultiWorkerMirroredStrategy()
    except tf.errors.UnknownError as error:
        raise OSError(
            "TensorFlow cannot listen at the address that TF_CONFIG gives this "
            f"process: {error.message}. Is the port taken, by an earlier run perhaps?"
        ) from error


STRATEGIES = {
    "auto": auto,
    "none": tf.distribute.get_strategy,
    "mirrored": mirrored,
    "multiworker": multiworker,
}


def workers():
    """Addresses of the processes that train, the chief's first; none by default.

    Raises:
        ValueError: if `TF_CONFIG` does not describe a cluster and a task in it.
    """
    text = os.environ.get("TF_CONFIG", "").strip()
    if text in ("", "{}"):
        return []
    try:
        cluster = check_cluster(json.loads(text))
    except ValueError as error:  # Bad JSON is one as well.
        raise ValueError(
            f"The environment variable TF_CONFIG is {text!r}: {error}. Expected, for "
            f"the first of two machines: {EXAMPLE} Unset it to train on this machine "
            "alone."
        ) from None
    return [*cluster.get("chief", []), *cluster.get("worker", [])]


def check_cluster(config):
    """The cluster of a parsed `TF_CONFIG`; raises a ValueError with what is wrong."""
    config = config if isinstance(config, dict) else {}
    cluster, task = config.get("cluster"), config.get("task")
    if not isinstance(cluster, dict) or not cluster:
        raise ValueError('it has no "cluster" with the addresses of the workers')
    others = sorted(cluster.keys() - {"chief", "worker"})
    if others:
        raise ValueError(
            f"its cluster has {', '.join(others)} tasks, and kgen trains with workers "
            "and at most one chief only"
        )
    for kind, addresses in cluster.items():
        if not isinstance(addresses, list) or not addresses:
            raise ValueError(f'"{kind}" of the cluster is not a list of addresses')
    if len(cluster.get("chief", [])) > 1:
        raise ValueError("its cluster has more than one chief")
    if not isinstance(task, dict) or not task.keys() >= {"type", "index"}:
        raise ValueError('it has no "task" with the "type" and "index" of this process')
    kind, index = task["type"], task["index"]
    size = len(cluster.get(kind, []))
    if index not in range(size):
        raise ValueError(
            f'its task is "{kind}" {index}, and the cluster has {size} of that type, '
            "counted from 0"
        )
    return cluster
