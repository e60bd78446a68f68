"""A change of structure changes no number: those of an earlier commit, bit by bit.

`python -m tests.test_same_bits FILE` writes what each recipe computes; the test
compares with the file that `KGEN_BITS` names. Bits are those of one machine.
"""

import hashlib
import json
import os
import pathlib
import sys

import numpy as np
import pytest

from kgen.core.verbs import verbs
from kgen.testing.tools import call, verb_inputs
from tests.test_contract import IDS, MODELS, make

BITS = os.environ.get("KGEN_BITS")


def digests(name, num_classes):
    """A digest of the logs, the weights and every verb of a recipe after two steps."""
    model, x, condition = make(name, num_classes)
    data = {"x": x, "y": condition, "batch_size": 6, "shuffle": False, "verbose": 0}
    logs = model.fit(**data).history
    arrays = {f"logs/{key}": value for key, value in logs.items()}
    arrays["weights"] = np.concatenate(
        [np.ravel(v).astype("float64") for v in model.trainable_variables]
    )
    for verb_name, verb in verbs(model).items():
        inputs = verb_inputs(model, verb, x, condition)
        for key, value in call(model, verb_name, inputs).items():
            arrays[f"{verb_name}/{key}"] = value
    return {
        key: hashlib.sha256(np.asarray(value).tobytes()).hexdigest()[:16]
        for key, value in arrays.items()
    }


@pytest.mark.slow
@pytest.mark.skipif(BITS is None, reason="KGEN_BITS names no file")
@pytest.mark.parametrize(("model", "name"), zip(MODELS, IDS, strict=True), ids=IDS)
def test_bits_are_those_of_an_earlier_commit(model, name):
    expected = json.loads(pathlib.Path(BITS).read_text())[name]
    assert digests(*model) == expected


if __name__ == "__main__":
    found = {name: digests(*model) for model, name in zip(MODELS, IDS, strict=True)}
    pathlib.Path(sys.argv[1]).write_text(json.dumps(found, indent=1))
