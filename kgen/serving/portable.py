"""Verbs as graphs whose operations other runtimes have."""

import functools
import inspect
import itertools

import tensorflow as tf
from tensorflow.python.framework import convert_to_constants

from kgen.serving.formats import Endpoint
from kgen.serving.substitutes import OPTIONS, SUBSTITUTES

_COUNT = itertools.count()


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
    """The `GraphDef` of a graph with `SUBSTITUTES` in the place of operations.

    Args:
        graph: A `tf.Graph`.
        lacking: Names of operations in `SUBSTITUTES`.
    """
    definition, bodies = graph.as_graph_def(), {}
    rename_functions(definition)
    for node in definition.node:
        if node.op in lacking:
            operation = graph.get_operation_by_name(node.name)
            shapes = [value.shape for value in operation.inputs]
            make_call(node, body_of(node, shapes, bodies))
    for function in definition.library.function:
        known = lacking - OPTIONS.keys()  # Those need shapes, which are not known.
        replaced = [node for node in function.node_def if node.op in known]
        called = {node.name for node in replaced}
        for node in function.node_def:
            node.input[:] = [_as_result(name, called) for name in node.input]
        for node in replaced:
            function.node_def.extend(inlined(node, body_of(node, None, bodies)))
    definition.library.function.extend(bodies.values())
    return definition


def rename_functions(definition):
    """Gives the functions of a `GraphDef` new names: TensorFlow knows the old ones."""
    ending = f"_portable_{next(_COUNT)}"
    for function in definition.library.function:
        function.signature.name += ending
    bodies = (function.node_def for function in definition.library.function)
    for nodes in (definition.node, *bodies):
        for node in nodes:
            for value in node.attr.values():
                functions = [value.func] if value.HasField("func") else value.list.func
                for function in functions:
                    function.name += ending


def body_of(node, shapes, bodies):
    """The `FunctionDef` of the substitute of an operation.

    Args:
        node: The `NodeDef` of the operation.
        shapes: Shapes of its inputs, or `None` if they are not known.
        bodies: `{key: FunctionDef}` of those made so far, to which it is added.
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
    return bodies[key]


def make_call(node, body):
    """Makes a node of a graph a call of a function."""
    _change(node, "PartitionedCall")
    signature = body.signature
    node.attr["f"].func.name = signature.name
    node.attr["Tin"].list.type.extend(arg.type for arg in signature.input_arg)
    node.attr["Tout"].list.type.extend(arg.type for arg in signature.output_arg)


def inlined(node, body):
    """Makes a node of a function the result of another one, whose nodes it returns.

    A call would be inlined later, and TensorFlow refuses a changed function.
    """
    arguments = (arg.name for arg in body.signature.input_arg)
    values = dict(zip(arguments, node.input, strict=True))
    nodes = []
    for inner in body.node_def:
        copy = type(inner)()
        copy.CopyFrom(inner)
        copy.name = f"{node.name}/{inner.name}"
        copy.input[:] = [values.get(v, f"{node.name}/{v}") for v in inner.input]
        nodes.append(copy)
    (output,) = body.signature.output_arg
    result = body.ret[output.name]
    _change(node, "Identity")
    node.input[:] = [values.get(result, f"{node.name}/{result}")]
    node.attr["T"].type = output.type
    return nodes


def _change(node, operation):
    """Gives a node another operation, without the attributes of the former one."""
    node.op = operation
    for name in list(node.attr):
        if not name.startswith("_"):
            del node.attr[name]


def _as_result(name, called):
    """The name of an input of a function's node, after those called are replaced."""
    node, *result = name.split(":")
    return (
        f"{node}:output:{result[-1]}" if len(result) == 2 and node in called else name
    )
