"""Parts of a total number of samples: what was saved for a file is found, damaged counts are not believed."""

import pytest

from lib.audio.samples import SampleJob, SampleTableResult
from lib.audio.shares import load_part, load_parts, made_from, save_part
from lib.tables.parts import Parts
from lib.tables.table import Table

JOB = SampleJob("media", "a.wav", 80, 2000, ())
ROWS = Table.of({"filename": ["a.wav", "a.wav"], "start": ["0", "500"]})


def test_a_result_is_saved_with_its_counts(tmp_path):
    parts = Parts(tmp_path / "out.csv")
    assert load_part(parts, JOB) is None
    save_part(parts, JOB, SampleTableResult(ROWS, "", 7, 5, 3), several=True)
    found = load_part(parts, JOB)
    assert (found.table.text("start"), found.total, found.available, found.short) == (["0", "500"], 7, 5, 3)


@pytest.mark.parametrize(("problem", "several"), [("read up to 1 s", True), ("", False)])
def test_what_has_to_be_reported_again_or_stands_alone_is_not_saved(tmp_path, problem, several):
    parts = Parts(tmp_path / "out.csv")
    save_part(parts, JOB, SampleTableResult(ROWS, problem, 7, 5, 3), several)
    assert load_part(parts, JOB) is None


@pytest.mark.parametrize(
    "counts",
    [
        {"total": ["7"], "available": ["5"]},
        {"total": ["7", "8"], "available": ["5", "5"], "short": ["3", "3"]},
        {"total": [], "available": [], "short": []},
    ],
    ids=["a column less", "two rows", "no row"],
)
def test_damaged_counts_are_those_of_the_rows(tmp_path, counts):
    parts = Parts(tmp_path / "out.csv")
    parts.save(made_from(JOB), ROWS)
    parts.save([*made_from(JOB), "counts"], Table.of(counts))
    found = load_part(parts, JOB)
    assert (found.total, found.available) == (2, 2)


def test_one_file_alone_is_read_anyway(tmp_path):
    parts = Parts(tmp_path / "out.csv")
    save_part(parts, JOB, SampleTableResult(ROWS, "", 7, 5, 3), several=True)
    other = SampleJob("media", "b.wav", 80, 2000, ())
    assert load_parts(parts, [JOB]) == ({}, [JOB])
    found, left = load_parts(parts, [JOB, other])
    assert (list(found), left) == (["a.wav"], [other])
