"""Fixtures of every test."""

import pytest

from kgen.testing import two_devices

two_devices()  # Before any test uses TensorFlow, which then keeps its devices.


@pytest.fixture(scope="session", autouse=True)
def tfds_dir(tmp_path_factory):
    """The folder that TFDS writes to, so that the home folder stays as it is."""
    folder = tmp_path_factory.mktemp("tensorflow_datasets")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TFDS_DATA_DIR", str(folder))
        yield folder
