"""Warm-up requests: a server could answer each of them."""

import importlib.util

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

import kgen
from kgen.serving.warmup import REQUESTS


@pytest.fixture(scope="module")
def model():
    return kgen.build("vae", (3,), num_classes=2, latent_dim=2, hidden=(4,), seed=0)


@pytest.mark.parametrize("options", [(), ["temperature", "given"]])
def test_every_signature_answers_its_request(model, options, tmp_path):
    if options:
        model = kgen.build("lstm", (3,), num_codes=4, width=4, seed=0)
    path = kgen.export(model, tmp_path, warmup=True, options=options)
    signatures = tf.saved_model.load(str(path)).signatures
    called = set()
    for record in tf.data.TFRecordDataset(str(path / REQUESTS)):
        log = prediction_log_pb2.PredictionLog.FromString(record.numpy())
        request = log.predict_log.request
        inputs = {
            name: tf.constant(tf.make_ndarray(value))
            for name, value in request.inputs.items()
        }
        name = request.model_spec.signature_name
        for value in signatures[name](**inputs).values():
            assert value.shape[0] == 1
            assert np.isfinite(value).all()
        called.add(name)
    assert called == set(signatures) - {"serving_default"}


def test_there_are_none_unless_they_are_wanted(model, tmp_path):
    assert not (kgen.export(model, tmp_path) / REQUESTS).exists()


def test_they_are_refused_where_they_have_no_effect(model, tmp_path):
    with pytest.raises(ValueError, match="warmup=True with format='onnx', but only"):
        kgen.export(model, tmp_path / "new", format="onnx", warmup=True)
    with pytest.raises(ValueError, match="warmup"):
        kgen.export(model, tmp_path / "new", warmup="yes")
    assert not (tmp_path / "new").exists()


def test_the_package_they_need_is_named(model, tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"tensorflow-serving-api.*kgen\[formats\]"):
        kgen.export(model, tmp_path / "new", warmup=True)
