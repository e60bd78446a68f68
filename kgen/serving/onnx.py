"""ONNX: models for onnxruntime, browsers and other frameworks."""

import contextlib
import importlib.util
import logging

import tensorflow as tf

from kgen.serving.formats import register
from kgen.serving.portable import portable

LACKING = frozenset(
    {"BroadcastArgs", "Erfc", "Log1p", "MulNoNan", "Ndtri", "MatrixTriangularSolve"}
)
OPSET = 18  # The newest that tf2onnx writes.
TENSOR_BOOL = 9  # TensorProto.BOOL of ONNX.


@register("onnx", draws=False)
def write_onnx(endpoints, folder):
    """Writes `VERB.onnx` for each endpoint.

    Inputs and outputs have the names of the verb's arguments and results. In ONNX they
    share their names, so a result with the name of an argument is `x_out`.

    Args:
        endpoints: `{name: Endpoint}`.
        folder: An empty `pathlib.Path`.

    Returns:
        `{name: reason}` of endpoints that ONNX cannot express.

    Raises:
        ImportError: without tf2onnx and onnx.
    """
    missing = [n for n in ("tf2onnx", "onnx") if importlib.util.find_spec(n) is None]
    if missing:
        raise ImportError(
            f"The export format 'onnx' needs {' and '.join(missing)}, not installed "
            "here: pip install 'kgen[formats]'."
        )
    left_out = {}
    for name, endpoint in endpoints.items():
        model = converted(portable(endpoint, LACKING))
        reason = flaw(model)
        if reason is None:
            (folder / f"{name}.onnx").write_bytes(model.SerializeToString())
        else:
            left_out[name] = reason
    return left_out


def converted(endpoint):
    """The `ModelProto` of an endpoint; it may have operations that ONNX lacks."""
    import tf2onnx

    def run(*tensors):
        outputs = endpoint.function(*tensors)
        return {
            f"{name}_out" if name in endpoint.specs else name: value
            for name, value in outputs.items()
        }

    function = tf.function(run, autograph=False)
    with quiet():
        return tf2onnx.convert.from_function(
            function,
            list(endpoint.specs.values()),
            opset=OPSET,
            custom_op_handlers={"SelectV2": (select, [])},
        )[0]


def select(graph, node, name, arguments):
    """Converts `tf.where` to ONNX' own Where; the arguments are tf2onnx'.

    tf2onnx itself multiplies by the mask, and a NaN that is not selected then spreads.
    onnxruntime has no Where of bools.
    """
    from tf2onnx.onnx_opset.controlflow import Select

    if graph.get_dtype(node.output[0]) == TENSOR_BOOL:
        Select.version_7(graph, node)
    else:
        node.type = "Where"


def flaw(model):
    """Why an ONNX model cannot be run, or `None`."""
    import onnx

    nodes = list(nodes_of(model.graph))
    lacking = {
        node.op_type for node in nodes if not onnx.defs.has(node.op_type, node.domain)
    }
    if lacking:
        return f"ONNX lacks {', '.join(sorted(lacking))}"
    try:
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError):
        return "tf2onnx makes no valid graph"
    return None


def nodes_of(graph):
    """The nodes of a `GraphProto`, and of the graphs of its loops and branches."""
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            for inner in [attribute.g, *attribute.graphs]:
                yield from nodes_of(inner)


@contextlib.contextmanager
def quiet():
    """Context without tf2onnx' log: `flaw` finds what it warns of."""
    logger = logging.getLogger("tf2onnx")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)
