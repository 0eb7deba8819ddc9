"""The stage from its command line: samples that sound alike are together, and have a name."""

import csv
from pathlib import Path

import numpy as np
import pytest

import samples_to_clusters
from tests.support.media_factory import struck, write_wav

pytestmark = pytest.mark.slow

RATE = 22050


def rows(path="s.csv"):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def run(*words):
    return samples_to_clusters.main(["-in", "s.csv", "-dir", "media", "-threads", "1", *words])


@pytest.fixture
def folder(workplace):
    """Twelve notes and six bursts of noise, of 300 ms."""
    rng = np.random.default_rng(1)
    notes = [struck(hz) for hz in 440 * 2 ** (np.arange(12) / 48)]
    size = len(notes[0])
    noise = [0.1 * rng.standard_normal(size) * np.exp(-np.arange(size) / 900) for _ in range(6)]
    write_wav(workplace / "media/strings.wav", np.concatenate(notes), RATE)
    write_wav(workplace / "media/snares.wav", np.concatenate(noise), RATE)
    lines = [f"strings.wav,{300 * n},300,440,0.9" for n in range(12)]
    lines += [f"snares.wav,{300 * n},300,-1,0.1" for n in range(6)]
    Path("s.csv").write_text("\n".join(["filename,start,dur,hz,pitched", *lines]) + "\n")
    return workplace


def test_samples_that_sound_alike_are_together(folder, capsys):
    assert run("-count", "2") == 0
    assert [row["cluster"] for row in rows()] == ["1"] * 12 + ["2"] * 6
    assert {row["clusterName"] for row in rows()} == {"strings A4 pitched", "snares percussive"}
    assert capsys.readouterr().out == "18 samples in 2 clusters -> s.csv: cluster, clusterName\n"
    made = Path("s.csv").read_bytes()
    assert run("-count", "2") == 0
    assert "already" in capsys.readouterr().out
    assert run("-count", "3") == 1
    assert "count 2, not 3" in capsys.readouterr().err
    assert run("-count", "2", "-overwrite", "-cache", "c.db", "-plot") == 0
    assert Path("s.csv").read_bytes() == made
    assert Path("output/s_cluster.png").stat().st_size > 1000


@pytest.mark.parametrize("columns", ["tsne,tsne2,", ""])
@pytest.mark.parametrize("color", ["", "hz"])
def test_clusters_are_what_a_picture_shows(monkeypatch, columns, color):
    from lib.plots import figures, histograms, output
    from lib.tables.table import parse_table

    table = parse_table(f"{columns}hz,group,groupName\n{'1,2,' if columns else ''}440,1,notes\n".encode())
    monkeypatch.setattr(figures, "scatter", lambda table, x, y, highlight, down: (x, y, highlight, down))
    monkeypatch.setattr(histograms, "histograms", lambda table, names: names)
    monkeypatch.setattr(output, "show_or_save", lambda *all: all)
    drawn = samples_to_clusters.picture(table, ["group", "groupName"], "tables/s.csv", color)
    assert drawn == (
        ("tsne", "tsne2", color or "group", True) if columns else ["group"], "output/s_group.png", "tables/s.csv"
    )  # fmt: skip


def test_a_bad_file_costs_its_rows_only(folder, capsys):
    (folder / "media/snares.wav").write_text("no sound")
    assert run("-out", "t.csv", "-prop", "group", "-count", "1") == 0
    assert [row["group"] for row in rows("t.csv")] == ["1"] * 12 + [""] * 6
    said = capsys.readouterr()
    assert "6 of files that could not be used" in said.out
    assert "snares.wav" in said.err
    assert run("-out", "u.csv", "-strict") == 1
