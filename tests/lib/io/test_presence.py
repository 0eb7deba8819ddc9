"""Whether any of a table's files is in the folder, and what else is there."""

import pytest

from lib.errors import FolderError
from lib.io.presence import check_there


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "a.mp3").touch()
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "a.mp3.csv").touch()
    (tmp_path / "a file").touch()
    return tmp_path


def test_one_file_is_enough(folder):
    check_there(str(folder / "media"), ["x.mp3", "a.mp3"])
    check_there(str(folder / "tables"), ["x.mp3", "a.mp3"], tables=True)
    check_there(str(folder / "nowhere"), [])
    check_there(str(folder / "nowhere"), ["../x"])  # told where it is used


@pytest.mark.parametrize(
    ("place", "names", "tables", "said"),
    [
        ("media", ["x.mp3"], False, "there is no file x.mp3"),
        ("media", ["x.mp3", "y.mp3"], False, "none of the 2 files is there, such as x.mp3"),
        ("media", ["x.mp3"], True, r"there is no sample table x.mp3.csv"),
        ("media", ["x.mp3", "y.mp3"], True, "none of the 2 sample tables is there, such as x.mp3.csv"),
        ("media", ["x.mp3", "a.mp3"], True, r"these are media \(a.mp3\), not sample tables"),
        ("tables", ["a.mp3"], False, r"these are sample tables \(a.mp3.csv\), not media"),
        ("media", ["A.mp3"], False, r"there is no file A.mp3 \(there is .*a.mp3\)"),
        ("a file", ["a.mp3"], False, "is a file, and a folder is needed"),
        ("nowhere", ["a.mp3"], False, "there is no such folder$"),
        ("Media", ["a.mp3"], False, r"there is no such folder \(there is .*media\)"),
    ],
)
def test_what_is_there_instead(folder, place, names, tables, said):
    with pytest.raises(FolderError, match=said):
        check_there(str(folder / place), names, tables)
