"""Strategies by name, and what is wrong with `TF_CONFIG`."""

import json

import pytest
import tensorflow as tf

from kgen import strategies

TWO = {"worker": ["localhost:1", "localhost:2"]}


def config(cluster=None, kind="worker", index=0):
    return json.dumps(
        {"cluster": cluster or TWO, "task": {"type": kind, "index": index}}
    )


@pytest.fixture(autouse=True)
def no_cluster(monkeypatch):
    monkeypatch.delenv("TF_CONFIG", raising=False)


@pytest.mark.parametrize("name", ["none", "auto"])
def test_one_device_needs_no_strategy(name):
    assert strategies.get(name) is tf.distribute.get_strategy()


def test_mirrored_is_a_replica_on_each_logical_device():
    strategy = strategies.get("mirrored")
    assert isinstance(strategy, tf.distribute.MirroredStrategy)
    devices = tf.config.list_logical_devices("CPU")
    assert strategy.num_replicas_in_sync == len(devices)


@pytest.mark.parametrize("name", ["auto", "mirrored"])
def test_several_gpus_are_mirrored(name, monkeypatch):
    names = {"GPU": ["GPU:0", "GPU:1"], "CPU": ["CPU:0"]}

    def devices(kind):
        return [tf.config.LogicalDevice(name, kind) for name in names[kind]]

    monkeypatch.setattr(tf.config, "list_logical_devices", devices)
    monkeypatch.setattr(tf.distribute, "MirroredStrategy", lambda devices: devices)
    assert strategies.get(name) == ["GPU:0", "GPU:1"]


@pytest.mark.parametrize("name", ["auto", "multiworker"])
@pytest.mark.parametrize(
    "cluster", [TWO, {"chief": ["localhost:1"], "worker": ["localhost:2"]}]
)
def test_several_workers_are_a_cluster(name, cluster, monkeypatch):
    monkeypatch.setenv("TF_CONFIG", config(cluster))
    monkeypatch.setattr(tf.distribute, "MultiWorkerMirroredStrategy", lambda: "all")
    assert strategies.workers() == ["localhost:1", "localhost:2"]
    assert strategies.get(name) == "all"


def test_a_cluster_of_one_trains_alone(monkeypatch):
    monkeypatch.setenv("TF_CONFIG", config({"worker": ["localhost:1"]}))
    assert strategies.get("auto") is tf.distribute.get_strategy()


def test_a_taken_port_is_an_error_for_people(monkeypatch):
    def taken():
        raise tf.errors.UnknownError(None, None, "Could not start gRPC server")

    monkeypatch.setenv("TF_CONFIG", config())
    monkeypatch.setattr(tf.distribute, "MultiWorkerMirroredStrategy", taken)
    with pytest.raises(OSError, match="another program use the port"):
        strategies.get("multiworker")


@pytest.mark.parametrize("empty", [None, "", "{}"])
def test_several_workers_need_tf_config(empty, monkeypatch):
    if empty is not None:
        monkeypatch.setenv("TF_CONFIG", empty)
    with pytest.raises(ValueError, match="need the environment variable") as error:
        strategies.get("multiworker")
    example = str(error.value).split("two: ")[1]
    monkeypatch.setenv("TF_CONFIG", example)
    assert len(strategies.workers()) == 2


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("worker 0", "Expecting value"),
        ("[]", 'it has no "cluster"'),
        (json.dumps({"task": {"type": "worker", "index": 0}}), 'no "cluster"'),
        (json.dumps({"cluster": TWO}), 'it has no "task"'),
        (json.dumps({"cluster": TWO, "task": {"type": "worker"}}), "index"),
        (config({"worker": "localhost:1"}), "not a list of addresses"),
        (config({**TWO, "ps": ["localhost:3"]}), "has ps tasks"),
        (config({"chief": TWO["worker"]}, "chief"), "more than one chief"),
        (config(index=2), 'is "worker" 2, but the cluster has 2 of that type'),
        (config(index="1"), 'is "worker" 1'),
        (config(kind="chief"), 'is "chief" 0, but the cluster has 0'),
    ],
)
@pytest.mark.parametrize("name", ["auto", "multiworker"])
def test_a_wrong_tf_config_is_explained(name, text, problem, monkeypatch):
    monkeypatch.setenv("TF_CONFIG", text)
    with pytest.raises(ValueError) as error:
        strategies.get(name)
    message = str(error.value)
    assert problem in message and text in message and strategies.EXAMPLE in message


def test_unknown_names_list_the_known_ones():
    with pytest.raises(ValueError, match="Did you mean 'mirrored'"):
        strategies.get("mirored")
