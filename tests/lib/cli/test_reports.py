"""The files that could not be used, as they are listed on stderr."""

import pytest

from lib.cli.reports import report_bad, report_changed, reported_once
from lib.errors import HalfRead
from tests.support.each import each

GONE = "does not exist"


def told(capsys, bad, partly=(), strict=False):
    status = report_bad("make.py", bad, strict, partly)
    said = capsys.readouterr()
    assert said.out == ""
    return status, said.err.splitlines()


def test_one_bad_file_is_a_line_and_several_are_a_list(capsys):
    assert told(capsys, []) == (0, [])
    assert told(capsys, [("a.mp3", GONE)]) == (0, [f"make.py: could not be used: a.mp3: {GONE}"])
    lines = ["make.py: 2 files could not be used:", f"  a.mp3: {GONE}", "  b.mp3: is empty"]
    assert told(capsys, [("a.mp3", GONE), ("b.mp3", "is empty")]) == (0, lines)


def test_files_that_are_cut_off_are_read_in_part(capsys):
    part = HalfRead("ends in the middle")
    found = told(capsys, [("a", GONE), ("b", part)], [("c", "has gaps")])
    assert found == (0, [f"make.py: could not be used: a: {GONE}", "make.py: 2 files could be read only in part:",
                         f"  b: {part}", "  c: has gaps"])  # fmt: skip


@each(
    ("bad", "partly", "strict", "status"),
    [(1, 0, True, 1), (0, 1, True, 1), (1, 1, True, 1), (0, 0, True, 0), (1, 0, False, 0), (0, 1, False, 0)],
)
def test_bad_files_are_a_failure_if_it_is_strict(capsys, bad, partly, strict, status):
    assert told(capsys, [("a", GONE)] * bad, [("b", GONE)] * partly, strict)[0] == status


@pytest.mark.parametrize(
    ("count", "listed", "more"), [(10, 10, ""), (11, 3, " (and 8 more files)"), (12, 3, " (and 9 more files)")]
)
def test_of_more_than_ten_files_with_one_reason_three_are_listed(capsys, count, listed, more):
    files = [(f"{n}.wav", GONE) for n in range(count)]
    files.insert(5, ("other", "is empty"))
    lines = told(capsys, files)[1]
    wanted = [f"  {n}.wav: {GONE}" for n in range(listed)]
    wanted[-1] += more
    wanted.insert(5 if listed > 5 else listed, "  other: is empty")
    assert lines == [f"make.py: {count + 1} files could not be used:", *wanted]


def test_stages_that_run_together_tell_of_a_file_once(capsys):
    with reported_once():
        assert told(capsys, [], [("folder/a.mp3", "has gaps")])[1] == [
            "make.py: could be read only in part: folder/a.mp3: has gaps"
        ]
        # By its name, or by a longer path; a file that only ends like it is another.
        assert told(capsys, [], [("a.mp3", "has gaps")])[1] == []
        assert told(capsys, [], [("/my/folder/a.mp3", "has gaps")])[1] == []
        lines = told(capsys, [], [("ba.mp3", "has gaps")])[1]
        assert lines == ["make.py: could be read only in part: ba.mp3: has gaps"]
        assert told(capsys, [("a.mp3", GONE)])[1] == [f"make.py: could not be used: a.mp3: {GONE}"]
        # It counts all the same.
        assert told(capsys, [], [("a.mp3", "has gaps")], strict=True) == (1, [])
    assert len(told(capsys, [], [("a.mp3", "has gaps")])[1]) == 1
    assert len(told(capsys, [], [("a.mp3", "has gaps")])[1]) == 1


def test_the_first_of_the_files_that_have_changed_are_named(capsys):
    report_changed("make.py", [], "the search", "remove their rows")
    report_changed("make.py", ["a\nb"], "the search", "remove their rows")
    report_changed("make.py", list("abcdefg"), "the search", "remove their rows")
    end = ": give -overwrite for all files, or remove their rows"
    assert capsys.readouterr().err.splitlines() == [
        r"make.py: 1 file changed after the search, and skipped: a\nb" + end,
        "make.py: 7 files changed after the search, and skipped: a, b, c and 4 more files" + end,
    ]
