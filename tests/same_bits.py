"""A change of structure changes no number: what each recipe computes, bit by bit.

`python -m tests.same_bits FILE` writes a digest of the logs, the weights and the verbs
of every recipe after two steps. If FILE is there, of an earlier commit, it compares
with it, names what differs and exits with 1. Bits are those of one machine.
"""

import hashlib
import json
import pathlib
import sys

import keras
import numpy as np

from kgen.core.verbs import verbs
from kgen.testing.tools import call, data_for, verb_inputs
from tests.test_contract import IDS, MODELS, make


def digests(name, num_classes):
    """A digest of each result of a recipe, by name."""
    model, x, condition = make(name, num_classes)
    data = data_for(model, x, condition)
    first, second, _ = keras.utils.unpack_x_y_sample_weight(data)
    logs = model.fit(first, second, batch_size=6, shuffle=False, verbose=0).history
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


def main(path):
    """Writes the file, or compares with it; the exit status."""
    found = {name: digests(*model) for model, name in zip(MODELS, IDS, strict=True)}
    if not path.exists():
        path.write_text(json.dumps(found, indent=1))
        print(f"Wrote {path}: {len(found)} recipes.")
        return 0
    expected = json.loads(path.read_text())
    differing = [name for name in found if found[name] != expected.get(name)]
    for name in differing:
        known = expected.get(name, {})
        others = [key for key, value in found[name].items() if value != known.get(key)]
        print(f"{name}: {', '.join(others) or 'results are missing'}")
    print(f"{len(found) - len(differing)} of {len(found)} recipes are the same.")
    return int(bool(differing))


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
