"""Strategies: one device, all devices of this machine, several machines."""

import functools
import json
import os
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from kgen.core.config import lookup

EXAMPLE = json.dumps(
    {
        "cluster": {"worker": ["10.0.0.1:12345", "10.0.0.2:12345"]},
        "task": {"type": "worker", "index": 0},
    }
)


def get(name: str = "auto") -> tf.distribute.Strategy:
    """A strategy by name, as `kgen train --strategy` takes it.

    Build models under `strategy.scope()`. With `"multiworker"` this call waits until
    every worker of the cluster has made it. Call it before TensorFlow computes
    anything.

    Args:
        name: `"none"`: one device. `"mirrored"`: all GPUs of this machine, or its
            logical CPU devices if it has no GPU. `"multiworker"`: the machines in the
            environment variable `TF_CONFIG`. `"auto"`: `"multiworker"` if `TF_CONFIG`
            names several, else `"mirrored"` if there are several GPUs, else `"none"`.

    Returns:
        A `tf.distribute.Strategy`; for `"none"` TensorFlow's default strategy.

    Raises:
        ValueError: for an unknown name, or a `TF_CONFIG` that is missing or wrong.
        OSError: if another program uses this process' port of `TF_CONFIG`.

    Example:

    >>> strategy = kgen.strategies.get("none")
    >>> with strategy.scope():
    ...     vae = kgen.build("vae", data_shape=(8, 8, 1))
    """
    return lookup("strategy", name, STRATEGIES)()


def auto() -> tf.distribute.Strategy:
    """The strategy that uses all machines of the cluster, or all GPUs of this one."""
    if len(workers()) > 1:
        return multiworker()
    several = len(tf.config.list_logical_devices("GPU")) > 1
    return mirrored() if several else tf.distribute.get_strategy()


def mirrored() -> tf.distribute.Strategy:
    """A replica on each device of this machine."""
    devices = tf.config.list_logical_devices
    devices = devices("GPU") or devices("CPU")
    return over(tuple(device.name for device in devices))


@functools.cache
def over(devices: Sequence[str]) -> tf.distribute.Strategy:
    """The strategy with a replica on each of these devices; a process has only one.

    TensorFlow confuses the sums of a second strategy with those of the first, and waits
    forever or fails.
    """
    return tf.distribute.MirroredStrategy(list(devices))


def multiworker() -> tf.distribute.Strategy:
    """A replica on each device of each machine of the cluster."""
    if not workers():
        raise ValueError(
            "Several workers need the environment variable TF_CONFIG on each machine, "
            f"with their addresses. Example, for the first of two: {EXAMPLE}"
        )
    if len(workers()) > 1:
        print(f"Waiting for {len(workers())} workers: {', '.join(workers())}")
    try:
        return tf.distribute.MultiWorkerMirroredStrategy()
    except tf.errors.UnknownError as error:
        raise OSError(
            "TensorFlow cannot listen at this process' address in TF_CONFIG: "
            f"{error.message}. Does another program use the port, such as an earlier "
            "run?"
        ) from error


STRATEGIES = {
    "auto": auto,
    "none": tf.distribute.get_strategy,
    "mirrored": mirrored,
    "multiworker": multiworker,
}


def workers() -> list[str]:
    """Addresses of the training processes, the chief's first; none by default.

    Raises:
        ValueError: if `TF_CONFIG` does not describe a cluster and a task in it.
    """
    text = os.environ.get("TF_CONFIG", "").strip()
    if text in ("", "{}"):
        return []
    try:
        cluster = check_cluster(json.loads(text))
    except ValueError as error:  # Bad JSON raises one, too.
        raise ValueError(
            f"The environment variable TF_CONFIG is {text!r}: {error}. Expected, for "
            f"the first of two machines: {EXAMPLE} Unset it to train on this machine "
            "alone."
        ) from None
    return [*cluster.get("chief", []), *cluster.get("worker", [])]


def check_cluster(config: Any) -> dict[str, Any]:
    """The cluster of a parsed `TF_CONFIG`; raises a ValueError that names its error."""
    config = config if isinstance(config, dict) else {}
    cluster, task = config.get("cluster"), config.get("task")
    if not isinstance(cluster, dict) or not cluster:
        raise ValueError('it has no "cluster" with the addresses of the workers')
    others = sorted(cluster.keys() - {"chief", "worker"})
    if others:
        raise ValueError(
            f"its cluster has {', '.join(others)} tasks, but kgen trains only with "
            "workers and at most one chief"
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
            f'its task is "{kind}" {index}, but the cluster has {size} of that type, '
            "counted from 0"
        )
    return cluster
