"""Requests that warm a server up: a graph's first run takes longer than the others."""

import importlib.util

import numpy as np
import tensorflow as tf

from kgen.core.checks.values import check_switch

# TensorFlow Serving reads it, in the folder of a version.
REQUESTS = "assets.extra/tf_serving_warmup_requests"


def check_warmup(warmup, format):
    """Raises an error unless a format can have warm-up requests, if they are wanted."""
    if not check_switch("export", "warmup", warmup):
        return
    if format != "saved_model":
        raise ValueError(
            f"`export` was given warmup=True with format={format!r}, but only "
            "TensorFlow Serving reads such requests: leave warmup out, or export a "
            "SavedModel."
        )
    if importlib.util.find_spec("tensorflow_serving") is None:
        raise ImportError(
            "`export` was given warmup=True, which needs the package "
            "tensorflow-serving-api, not installed here: pip install 'kgen[formats]'."
        )


def write_warmup(model, endpoints, folder):
    """Writes a request of one row for each endpoint.

    Args:
        model: A `GenerativeModel`, whose specs give examples.
        endpoints: `{name: Endpoint}`.
        folder: `pathlib.Path` of a SavedModel.

    References:
        https://www.tensorflow.org/tfx/serving/saved_model_warmup
    """
    from tensorflow_serving.apis import prediction_log_pb2

    rng = np.random.default_rng(0)
    specs = {**model.argument_specs, **model.row_options}
    with tf.io.TFRecordWriter(str(folder / REQUESTS)) as file:
        for name, endpoint in endpoints.items():
            log = prediction_log_pb2.PredictionLog()
            request = log.predict_log.request
            request.model_spec.name = "default"
            request.model_spec.signature_name = name
            for key in endpoint.specs:
                spec = specs[key]
                example = np.asarray(spec.example(1, rng), spec.dtype)
                request.inputs[key].CopyFrom(tf.make_tensor_proto(example))
            file.write(log.SerializeToString())
