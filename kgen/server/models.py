"""The models of a server: the versions in their folders, loaded and replaced."""

import pathlib

import tensorflow as tf
from tensorflow.core.framework.types_pb2 import DataType

from kgen.server.wire import RequestError
from kgen.serving.servable import load_servable
from kgen.serving.versions import whole_versions


class Version:
    """A loaded version of a model.

    Args:
        path: Folder of a SavedModel.
        trust: See `kgen.serving.load_servable`.
        batcher: Function from a function of arrays to a `Batcher` of it.
    """

    def __init__(self, path, trust, batcher):
        self.number = number_of(path)
        self.signatures = load_servable(path, trust).signatures
        self.batchers = {
            name: batcher(_of_arrays(signature))
            for name, signature in self.signatures.items()
        }

    def specs(self, name):
        """`{input: TensorSpec}` of a signature.

        Raises:
            RequestError: if there is none of this name.
        """
        if name not in self.signatures:
            raise RequestError(
                400,
                f"There is no signature {name!r}; the model has "
                f"{', '.join(sorted(self.signatures))}.",
            )
        return self.signatures[name].structured_input_signature[1]

    def metadata(self):
        """The signatures as TensorFlow Serving describes them."""
        found = {}
        for name, signature in self.signatures.items():
            found[name] = {
                "inputs": _described(signature.structured_input_signature[1]),
                "outputs": _described(signature.structured_outputs),
                "method_name": "tensorflow/serving/predict",
            }
        return {"signature_def": {"signature_def": found}}


class Served:
    """A model that a server offers; the newest version in its folder.

    Args:
        path: Folder of a model, with a folder for each version, or a SavedModel.
        name: Name in addresses.
        trust: See `kgen.serving.load_servable`.
        batcher: See `Version`.

    Raises:
        FileNotFoundError: if no version is there.
        ValueError: if the newest cannot be loaded.
    """

    def __init__(self, path, name, trust, batcher):
        self.path = pathlib.Path(path)
        self.name = name
        self.trust = trust
        self.batcher = batcher
        self.failed = {}  # What was there when a version could not be loaded.
        self.version = self._newest_that_loads(-1)  # The first version may be 0.

    def poll(self):
        """Loads a version that is newer; one that failed, once its files change.

        Returns:
            What happened, a sentence, or `None`.
        """
        try:
            version = self._newest_that_loads(self.version.number)
        except (FileNotFoundError, ValueError) as error:
            return f"{self.name} stays at version {self.version.number}: {error}"
        if version is None:
            return None
        self.version = version
        return f"{self.name} is at version {version.number} now"

    def _newest_that_loads(self, above):
        """The newest version above a number that can be loaded, or `None`.

        Raises:
            FileNotFoundError: if there is no version at all.
            ValueError: if those above the number cannot be loaded.
        """
        versions, reason = whole_versions(self.path), None
        if not versions:
            raise FileNotFoundError(
                f"{self.path} has no SavedModel. `kgen export` writes one."
            )
        for path in versions:
            if number_of(path) <= above:
                break
            files = _files(path)
            if self.failed.get(path) == files:
                continue
            try:
                return Version(path, self.trust, self.batcher)
            except ValueError as error:
                self.failed[path] = files
                reason = reason or error
        if reason is not None:
            raise reason
        return None

    def asked(self, number):
        """The version of this number, or the newest for `None`.

        Raises:
            RequestError: for a version that is not served.
        """
        version = self.version  # It may be replaced while a request runs.
        if number is not None and number != version.number:
            raise RequestError(
                404,
                f"Version {number} of {self.name} is not served; version "
                f"{version.number} is.",
            )
        return version


def number_of(path):
    """The number of a version by its folder; 1 for a SavedModel without a number."""
    return int(path.name) if path.name.isdecimal() else 1


def _files(path):
    """Names, sizes and times of the files of a version, which may still be copied."""
    files = sorted(file for file in path.rglob("*") if file.is_file())
    return [(str(f), f.stat().st_size, f.stat().st_mtime_ns) for f in files]


def _of_arrays(signature):
    def run(columns):
        tensors = {name: tf.constant(value) for name, value in columns.items()}
        return {name: value.numpy() for name, value in signature(**tensors).items()}

    return run


def _described(specs):
    return {
        name: {
            "dtype": DataType.Name(spec.dtype.as_datatype_enum),
            "tensor_shape": {
                "dim": [{"size": str(side or -1)} for side in spec.shape],
                "unknown_rank": False,
            },
            "name": name,
        }
        for name, spec in specs.items()
    }
