"""Fixtures of every test."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def tfds_dir(tmp_path_factory):
    """The folder that TFDS writes to, so that the home folder stays as it is."""
    folder = tmp_path_factory.mktemp("tensorflow_datasets")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TFDS_DATA_DIR", str(folder))
        yield folder
