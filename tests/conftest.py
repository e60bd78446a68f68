"""Fixtures of every test."""

import pytest

from kgen.testing import two_devices

two_devices()  # Before any test uses TensorFlow, which then keeps its devices.


# Their tests share nothing, or say themselves what they share.
SPREAD = ("test_contract", "test_docstrings", "test_examples")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """With `-n` and `--dist loadgroup` a file's tests go to one worker.

    So each makes its fixtures once.
    """
    for item in items:
        if item.get_closest_marker("xdist_group") or item.path.stem in SPREAD:
            continue
        item.add_marker(pytest.mark.xdist_group(item.path.stem))


@pytest.fixture(scope="session", autouse=True)
def tfds_dir(tmp_path_factory):
    """The folder that TFDS writes to, so that the home folder stays as it is."""
    folder = tmp_path_factory.mktemp("tensorflow_datasets")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TFDS_DATA_DIR", str(folder))
        yield folder
