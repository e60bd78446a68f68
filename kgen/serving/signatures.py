"""Names of signatures: which one answers `sample` with an option."""

import re

import numpy as np

ROWS = ("seed", "labels")  # What `sample` takes for each row, and no option of it.
GIVEN = ("given", "known")
COMPLETE = "complete"
OF_SAMPLE = re.compile(rf"sample(_with_[a-z_]+|_\d+_steps)?|{COMPLETE}")
# Names of the outputs of verbs that give data or latents.
OUTPUTS = {"decode": "x", "reconstruct": "x", "encode": "z"}


def signature_of(options):
    """The name of the signature of `sample` with an option.

    Args:
        options: `{name: value}`: one number of each row, such as a temperature, or
            `num_steps` of the sampler, or `given` and `known`.

    Raises:
        ValueError: for several options.
    """
    if {*options} and {*options} <= {*GIVEN}:
        return COMPLETE
    if len(options) > 1:
        raise ValueError(
            f"`sample` was given {', '.join(sorted(options))}, but an exported model "
            "has a signature for each option alone. Pass one, or take the run or the "
            ".keras file, which takes all."
        )
    ((name, value),) = options.items()
    return f"sample_{value}_steps" if name == "num_steps" else f"sample_with_{name}"


def output_of(name):
    """The name of the output of a signature."""
    return "x" if OF_SAMPLE.fullmatch(name) else OUTPUTS.get(name, name)


def chosen(path, signatures, verb, inputs):
    """The name and the inputs of the signature for a verb with these arguments.

    A number as an option becomes one for each row.

    Args:
        path: Folder of the SavedModel, for errors.
        signatures: Its functions by name.
        verb: Name of the verb, or of the signature.
        inputs: The verb's arguments by name.

    Raises:
        ValueError: for options without a signature.
    """
    if verb != "sample" or verb not in signatures:
        return verb, inputs
    own = signatures[verb].structured_input_signature[1]
    options = {k: v for k, v in inputs.items() if k not in {*own, *ROWS}}
    if not options:
        return verb, inputs
    name = signature_of(options)
    if name not in signatures:
        raise ValueError(
            f"{path} has no signature {name!r}, which `sample` with "
            f"{' and '.join(sorted(options))} needs, only {sorted(signatures)}. Export "
            "the model with it: see options and num_steps of kgen.export."
        )
    inputs = {key: value for key, value in inputs.items() if key != "num_steps"}
    num_rows = max(len(value) for value in inputs.values() if np.ndim(value))
    for key in options.keys() & inputs.keys():
        if np.ndim(inputs[key]) == 0:
            inputs[key] = np.full(num_rows, inputs[key])
    return name, inputs
