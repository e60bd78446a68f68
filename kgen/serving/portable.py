"""Verbs as graphs whose operations other runtimes have."""

import functools
import inspect

import tensorflow as tf
from tensorflow.python.framework import convert_to_constants

from kgen.serving.formats import Endpoint
from kgen.serving.substitutes import OPTIONS, SUBSTITUTES


def portable(endpoint, lacking):
    """An endpoint with weights as constants, and without operations that are lacking.

    Args:
        endpoint: An `Endpoint`.
        lacking: Names of operations in `SUBSTITUTES`.

    Returns:
        An `Endpoint` of the same inputs and outputs.
    """
    function = tf.function(endpoint.function, autograph=False)
    function = function.get_concrete_function(*endpoint.specs.values())
    names = sorted(function.structured_outputs)  # The order of the outputs.
    function = frozen(function)
    graph = substituted(function.graph, lacking)
    imported = tf.compat.v1.wrap_function(
        lambda: tf.graph_util.import_graph_def(graph, name=""), []
    )
    tensor = imported.graph.get_tensor_by_name
    run_graph = imported.prune(
        [tensor(found.name) for found in function.inputs],
        [tensor(found.name) for found in function.outputs],
    )

    def run(*tensors):
        return dict(zip(names, run_graph(*tensors), strict=True))

    return Endpoint(run, endpoint.specs)


def frozen(function):
    """A concrete function with its variables as constants, and calls inlined."""
    return convert_to_constants.convert_variables_to_constants_v2(
        function, lower_control_flow=False, aggressive_inlining=True
    )


def substituted(graph, lacking):
    """The `GraphDef` of a graph with calls of `SUBSTITUTES` for operations.

    Args:
        graph: A `tf.Graph`.
        lacking: Names of operations in `SUBSTITUTES`.
    """
    definition, bodies = graph.as_graph_def(), {}
    rename_functions(definition)
    for node in definition.node:
        if node.op in lacking:
            operation = graph.get_operation_by_name(node.name)
            make_call(node, [value.shape for value in operation.inputs], bodies)
    for function in definition.library.function:
        called = {node.name for node in function.node_def if node.op in lacking}
        for node in function.node_def:
            if node.name in called:
                make_call(node, None, bodies)
            node.input[:] = [_as_result(name, called) for name in node.input]
    definition.library.function.extend(bodies.values())
    return definition


def rename_functions(definition):
    """Gives the functions of a `GraphDef` new names: TensorFlow knows the old ones."""
    for function in definition.library.function:
        function.signature.name += "_portable"
    bodies = (function.node_def for function in definition.library.function)
    for nodes in (definition.node, *bodies):
        for node in nodes:
            for value in node.attr.values():
                functions = [value.func] if value.HasField("func") else value.list.func
                for function in functions:
                    function.name += "_portable"


def make_call(node, shapes, bodies):
    """Makes a node a call of the substitute of its operation.

    Args:
        node: A `NodeDef`, which is changed.
        shapes: Shapes of its inputs, or `None` if they are not known.
        bodies: `{key: FunctionDef}` of substitutes, to which its own is added.
    """
    dtype, options = node.attr["T"].type, OPTIONS.get(node.op, ())
    options = {name: node.attr[name].b for name in options}
    function = functools.partial(SUBSTITUTES[node.op], **options)
    if shapes is None:
        # Shapes have rank 1, and all else may have any.
        rank = [None] if node.op == "BroadcastArgs" else None
        count = len(inspect.signature(function).parameters) - len(options)
        shapes = [rank] * count
    specs = [tf.TensorSpec(shape, dtype) for shape in shapes]
    key = (node.op, *options.values(), *specs)
    if key not in bodies:
        traced = tf.function(function, autograph=False).get_concrete_function(*specs)
        bodies[key] = frozen(traced).function_def
    body = bodies[key].signature
    node.op = "PartitionedCall"
    for name in list(node.attr):
        if not name.startswith("_"):
            del node.attr[name]
    node.attr["f"].func.name = body.name
    node.attr["Tin"].list.type.extend(arg.type for arg in body.input_arg)
    node.attr["Tout"].list.type.extend(arg.type for arg in body.output_arg)


def _as_result(name, called):
    """The name of an input; in a function's body it names the result of a node, too."""
    node, *result = name.split(":")
    return (
        f"{node}:output:{result[-1]}" if len(result) == 2 and node in called else name
    )
