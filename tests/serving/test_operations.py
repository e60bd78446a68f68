"""Which SavedModels are run: those that only compute."""

import json

import pytest
import tensorflow as tf
from click.testing import CliRunner
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow.python.framework import op_def_registry

import kgen
from kgen import serving
from kgen.cli import main
from kgen.serving.operations import PURE, SAVING, STATEFUL, harmful, read_graphs


def save(folder, act, **objects):
    """A SavedModel with kgen's signature `sample`, which also calls `act(seed)`."""
    module = tf.Module()
    for name, value in objects.items():
        setattr(module, name, value)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.int64, "seed")])
    def sample(seed):
        with tf.control_dependencies(tf.nest.flatten(act(seed))):
            return {"x": tf.cast(tf.stack([seed, seed], 1), tf.float32)}

    tf.saved_model.save(module, str(folder), signatures={"sample": sample})
    (folder / "assets.extra").mkdir()
    (folder / "assets.extra" / "kgen.json").write_text('{"num_classes": null}')
    return folder


def in_a_branch(act):
    """`act` deep inside: in a function that a branch of another calls."""

    @tf.function
    def inner():
        act()
        return tf.constant(0)

    return lambda seed: tf.cond(tf.shape(seed)[0] > 0, inner, lambda: tf.constant(0))


def python_without_state(seed):
    return tf.raw_ops.PyFuncStateless(input=[seed], token="no", Tout=[tf.int64])


TOUCHES = {
    "ReadFile": lambda path: lambda seed: tf.io.read_file(path),
    "WriteFile": lambda path: in_a_branch(lambda: tf.io.write_file(path, "x")),
    "MatchingFiles": lambda path: lambda seed: tf.io.matching_files(path),
    "PrintV2": lambda path: in_a_branch(
        lambda: tf.print("x", output_stream=f"file://{path}")
    ),
    "RestoreV2": lambda path: (
        lambda seed: tf.raw_ops.RestoreV2(
            prefix=path, tensor_names=["a"], shape_and_slices=[""], dtypes=[tf.float32]
        )
    ),
    "SaveV2": lambda path: in_a_branch(
        lambda: tf.raw_ops.SaveV2(
            prefix=path, tensor_names=["a"], shape_and_slices=[""], tensors=[1.0]
        )
    ),
    "PyFuncStateless": lambda path: python_without_state,
    "EagerPyFunc": lambda path: lambda seed: tf.py_function(lambda: 1, [], tf.int32),
    "ImmutableConst": lambda path: (
        lambda seed: tf.raw_ops.ImmutableConst(
            dtype=tf.float32, shape=[1], memory_region_name=path
        )
    ),
    "TextLineDataset": lambda path: (
        lambda seed: tf.raw_ops.TextLineDataset(
            filenames=[path], compression_type="", buffer_size=0
        )
    ),
}


@pytest.mark.parametrize("operation", TOUCHES)
def test_what_does_more_than_compute_is_not_run(tmp_path, operation):
    touched = tmp_path / "touched"
    folder = save(tmp_path / "1", TOUCHES[operation](str(touched)))
    with pytest.raises(ValueError, match=f"not run.*{operation}.*program.*--trust"):
        serving.sample_any(tmp_path, 2)
    assert operation in harmful(read_graphs(folder)) and not touched.exists()


def test_trust_runs_it(tmp_path):
    touched = tmp_path / "touched"
    save(tmp_path / "1", TOUCHES["WriteFile"](str(touched)))
    command = ["sample", str(tmp_path), "-n", "2", "-o", str(tmp_path / "x.png")]
    refused = CliRunner().invoke(main, command)
    assert refused.exit_code == 1 and "not run" in refused.output
    assert not touched.exists()
    assert CliRunner().invoke(main, [*command, "--trust"]).exit_code == 0
    assert touched.read_text() == "x"
    assert serving.sample_any(tmp_path, 2, trust=True).shape == (2, 2)


def test_what_only_computes_is_run(tmp_path):
    add = tf.Variable(1, dtype="int64")
    save(tmp_path / "1", lambda seed: tf.linalg.svd(tf.eye(3)) + (add + seed,), v=add)
    assert serving.sample_any(tmp_path, 2).shape == (2, 2)


def test_files_and_tables_that_it_brings_along_are_named(tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("a\nb\n")
    table = tf.lookup.StaticHashTable(
        tf.lookup.TextFileInitializer(
            str(words),
            *(tf.string, tf.lookup.TextFileIndex.WHOLE_LINE),
            *(tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER),
        ),
        -1,
    )
    save(tmp_path / "1", lambda seed: table.lookup(tf.constant(["a"])), table=table)
    found = "InitializeTableFromTextFileV2.*the file words.txt"
    with pytest.raises(ValueError, match=found):
        serving.sample_any(tmp_path, 2)


def test_only_the_saver_may_save(tmp_path):
    """Its functions are those that nothing but the nodes of the saver calls."""
    path = kgen.export(kgen.build("gan", (3,)), tmp_path)
    model = read_graphs(path)
    assert harmful(model) == []
    (graph,) = model.meta_graphs
    (saving,) = [
        function.signature.name
        for function in graph.graph_def.library.function
        if "traced_save" in function.signature.name
    ]

    def changed(change):
        copy = saved_model_pb2.SavedModel.FromString(model.SerializeToString())
        change(copy, copy.meta_graphs[0])
        return harmful(copy)

    # Called by a verb, by way of an argument, from outside, and by TensorFlow 1.
    def call(node):
        node.attr["f"].func.name = saving

    def pass_on(node):
        node.attr["f"].func.attr["g"].func.name = saving

    for use in (call, pass_on):

        def inside(model, graph, use=use):
            use(graph.graph_def.library.function[0].node_def.add())

        def outside(model, graph, use=use):
            use(graph.graph_def.node.add())

        assert "SaveV2" in changed(inside) and "SaveV2" in changed(outside)
    assert "SaveV2" in changed(
        lambda _, g: g.object_graph_def.concrete_functions[saving].SetInParent()
    )
    assert "SaveV2" in changed(lambda _, g: g.ClearField("object_graph_def"))
    assert "SaveV2" in changed(lambda m, _: m.meta_graphs.add())


def test_listed_operations_are_what_the_list_says():
    for name in PURE | STATEFUL | SAVING:
        operation = op_def_registry.get(name)
        assert operation is not None, f"{name} is no operation of TensorFlow"
        arguments = [*operation.input_arg, *operation.output_arg]
        text = any(
            argument.type == tf.string.as_datatype_enum for argument in arguments
        )
        assert (name in SAVING) >= text, f"{name} takes text"
        assert name in SAVING or operation.is_stateful == (name in STATEFUL), name


def test_damage_is_named_and_an_older_version_too(tmp_path):
    model = kgen.build("gan", (3,))
    for _ in range(2):
        kgen.export(model, tmp_path)
    two, weights = tmp_path / "2", tmp_path / "2" / "variables"
    data = weights / "variables.data-00000-of-00001"
    whole = {file: file.read_bytes() for file in (two / "saved_model.pb", data)}
    about = two / "assets.extra" / "kgen.json"
    whole[about] = about.read_bytes()
    for file, content in whole.items():
        for damage in (content[: len(content) // 2], b"", None):
            file.unlink() if damage is None else file.write_bytes(damage)
            expected = r"2 is no whole SavedModel.*older version, .*1\."
            with pytest.raises(ValueError, match=expected):
                serving.sample_any(tmp_path, 2)
        file.write_bytes(content)
    about.write_text(json.dumps({"num_classes": "ten"}))
    with pytest.raises(ValueError, match="does not tell its num_classes"):
        serving.sample_any(tmp_path, 2)
    assert serving.sample_any(tmp_path / "1", 2).shape == (2, 3)


def test_another_signature_is_refused(tmp_path):
    save(tmp_path / "1", lambda seed: seed)
    (tmp_path / "1" / "assets.extra" / "kgen.json").write_text('{"num_classes": 3}')
    with pytest.raises(ValueError, match=r"takes \['seed'\].*writes one.*'labels'"):
        serving.sample_any(tmp_path, 2)
