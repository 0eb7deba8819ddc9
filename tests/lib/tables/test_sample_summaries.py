"""Summaries of sample tables in a manifest, by the statistics module."""

import statistics

import pytest

from lib.errors import FolderError, MediaError
from lib.tables import sample_tables
from lib.tables.sample_summaries import MEDIANS, SampleFeaturesReport, add_sample_features
from lib.tables.table import read_table


def summary(folder, manifest, tables):
    (folder / "t").mkdir()
    for name, text in tables.items():
        (folder / "t" / f"{name}.csv").write_text(text)
    (folder / "m.csv").write_text(manifest)
    report = add_sample_features(str(folder / "m.csv"), str(folder / "t"), str(folder / "out.csv"), 1)
    table = read_table(str(folder / "out.csv"))
    return report, {name: table.text(name) for name in table.columns}


@pytest.mark.parametrize("batch", [1, 1 << 20])
def test_counts_and_medians(tmp_path, monkeypatch, batch):
    monkeypatch.setattr(sample_tables, "BATCH_BYTES", batch)  # each table, or all of them at once
    values = {"power": [1, 2, 4.5, 8], "hz": [440, -1, 220, 100], "clarity": [0.125, 5, 9, 7], "dur": [10, 20, 30, 45]}
    rows = "".join(",".join(map(str, row)) + "\n" for row in zip(*values.values()))
    tables = {
        "a": f"{','.join(values)}\n{rows}", "b": "dur,power\n5,x\n7,3\n", "c": "dur,hz\n", "d": "power\n1\n",
        "f": "dur\nx\n",
    }  # fmt: skip
    report, cells = summary(tmp_path, "filename\na\nb\nc\nd\ne\na\n../g\nf\n", tables)
    medians = [f"{statistics.median(values[name]):.2f}" for name in MEDIANS]
    wanted = {
        "a": ["4", *medians], "b": ["2", "3.00", "-1", "-1", "6.00"], "c": ["0", *["-1"] * 4], 
        "d": ["1", "1.00", *["-1"] * 3], "e": ["-1"] * 5, "../g": ["-1"] * 5, "f": ["1", *["-1"] * 4],
    }  # fmt: skip
    assert [list(row) for row in zip(*(cells[name] for name in ("samples", *MEDIANS.values())))] == [
        wanted[name] for name in cells["filename"]
    ]
    assert (report.rows, report.files, report.samples) == (8, 5, 8)
    assert report.lacking == {"medianPower": 2, "medianHz": 3, "medianClarity": 4, "medianDur": 1}
    reasons = dict(report.bad)
    assert set(reasons) == {"../g", "e", "d"}
    assert reasons["e"].startswith("has no sample table in ")
    assert "has no column 'dur'; its columns are: power" in reasons["d"]


def test_nothing_is_reported_of_nothing():
    report = SampleFeaturesReport()
    assert (report.rows, report.files, report.samples, report.lacking, report.bad) == (0, 0, 0, {}, [])


def test_files_without_sound_need_no_table(tmp_path):
    report, cells = summary(tmp_path, "filename,hasAudio\na,1\nb,0\nc,1\n", {"a": "dur,power\n5,1\n"})
    assert cells["samples"] == ["1", "-1", "-1"]
    assert [name for name, _ in report.bad] == ["c"]


@pytest.mark.parametrize(
    ("manifest", "kind"), [("filename\n", MediaError), ("size\n5\n", MediaError), ("filename\nx\n", FolderError)]
)
def test_manifests_without_tables(tmp_path, manifest, kind):
    with pytest.raises(kind):
        summary(tmp_path, manifest, {"a": "dur\n1\n"})
    assert not (tmp_path / "out.csv").exists()
