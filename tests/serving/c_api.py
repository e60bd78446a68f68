"""Runs a SavedModel by TensorFlow's C API alone: no Python of TensorFlow or kgen.

`python c_api.py LIBRARY FOLDER INPUTS OUTPUT RESULT`: INPUTS is an `.npz` file with
arrays by the names of tensors, OUTPUT the name of a tensor, and RESULT the `.npy` file
to write.
"""

import ctypes
import sys

import numpy as np

TYPES = {"float32": 1, "int32": 3, "int64": 9, "bool": 10}


class Output(ctypes.Structure):
    """`TF_Output`."""

    _fields_ = [("operation", ctypes.c_void_p), ("index", ctypes.c_int)]


class Library:
    """The functions of the C API that return pointers, and checks of their status."""

    def __init__(self, path):
        self.tf = ctypes.CDLL(path)
        for name in (
            *("NewStatus", "NewGraph", "NewSessionOptions", "AllocateTensor"),
            *("LoadSessionFromSavedModel", "GraphOperationByName", "TensorData"),
        ):
            getattr(self.tf, f"TF_{name}").restype = ctypes.c_void_p
        self.tf.TF_Message.restype = ctypes.c_char_p
        self.tf.TF_Dim.restype = ctypes.c_int64
        self.status = ctypes.c_void_p(self.tf.TF_NewStatus())

    def check(self):
        """Raises a RuntimeError with TensorFlow's message after a failure."""
        if self.tf.TF_GetCode(self.status):
            raise RuntimeError(self.tf.TF_Message(self.status).decode())

    def tensor(self, array):
        """A `TF_Tensor` with the values of an array."""
        array = np.ascontiguousarray(array)
        sides = (ctypes.c_int64 * array.ndim)(*array.shape)
        tensor = self.tf.TF_AllocateTensor(
            TYPES[array.dtype.name], sides, array.ndim, ctypes.c_size_t(array.nbytes)
        )
        data = self.tf.TF_TensorData(ctypes.c_void_p(tensor))
        ctypes.memmove(data, array.ctypes.data, array.nbytes)
        return tensor

    def array(self, tensor):
        """The values of a `TF_Tensor`."""
        (dtype,) = (k for k, v in TYPES.items() if v == self.tf.TF_TensorType(tensor))
        shape = [
            self.tf.TF_Dim(tensor, side) for side in range(self.tf.TF_NumDims(tensor))
        ]
        found = np.empty(shape, dtype)
        data = ctypes.c_void_p(self.tf.TF_TensorData(tensor))
        ctypes.memmove(found.ctypes.data, data, found.nbytes)
        return found


def run(library, folder, inputs, output):
    """The tensor `output` of a SavedModel for `{name of a tensor: array}`."""
    tf, status = library.tf, library.status
    graph = ctypes.c_void_p(tf.TF_NewGraph())
    session = tf.TF_LoadSessionFromSavedModel(
        ctypes.c_void_p(tf.TF_NewSessionOptions()),
        *(None, folder.encode(), (ctypes.c_char_p * 1)(b"serve"), 1),
        *(graph, None, status),
    )
    library.check()

    def place(name):
        operation, _, index = name.partition(":")
        found = tf.TF_GraphOperationByName(graph, operation.encode())
        assert found, f"no operation {operation}"
        return Output(found, int(index))

    tensors = [library.tensor(array) for array in inputs.values()]
    results = (ctypes.c_void_p * 1)()
    tf.TF_SessionRun(
        *(ctypes.c_void_p(session), None),
        *((Output * len(inputs))(*map(place, inputs)),),
        *((ctypes.c_void_p * len(inputs))(*tensors), len(inputs)),
        *((Output * 1)(place(output)), results, 1),
        *(None, 0, None, status),
    )
    library.check()
    return library.array(ctypes.c_void_p(results[0]))


if __name__ == "__main__":
    path, folder, inputs, output, result = sys.argv[1:]
    found = run(Library(path), folder, dict(np.load(inputs)), output)
    assert "tensorflow" not in sys.modules and "kgen" not in sys.modules
    np.save(result, found)
