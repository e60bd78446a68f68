"""Files are whole or not there, and errors name them."""

import pytest

from kgen.core.files import whole


def test_a_file_takes_its_place_once_it_is_whole(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(KeyError), whole(path) as partial:
        partial.write_text("ne")
        raise KeyError
    assert path.read_text() == "old"
    with whole(path) as partial:
        partial.write_text("new")
        assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.txt"]
    assert path.read_text() == "new"


def test_a_full_disk_and_a_missing_folder_are_named(tmp_path):
    # Linux' device that is always full stands in for the file.
    (tmp_path / ".partial-a.txt").symlink_to("/dev/full")
    with pytest.raises(OSError, match=r"a\.txt could not be written: No space left"):
        with whole(tmp_path / "a.txt") as partial:
            partial.write_text("new")
    with pytest.raises(OSError, match="its folder .* is not there any more"):
        with whole(tmp_path / "gone" / "a.txt") as partial:
            partial.write_text("new")


def test_what_cannot_be_removed_does_not_hide_why(tmp_path):
    (tmp_path / ".partial-a.txt").mkdir()  # `unlink` fails on a folder.
    with pytest.raises(OSError, match=r"a\.txt could not be written: Is a directory"):
        with whole(tmp_path / "a.txt") as partial:
            partial.write_text("new")
