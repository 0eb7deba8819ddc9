"""The stage from its command line: which samples are placed, columns, pictures, and what cannot be done."""

import csv
import io
import os
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest

import samples_to_grid
from tests.support.media_factory import run_script
from tests.support.scripts import status_of

# Cells that must come out as they went in.
NOTES = ["007", "1e5", "  x ", "two\nlines", 'a "quote"', "", "-0.0", "nan", "♫"]


def write_samples(path="s.csv", count=9, **columns):
    """A table of samples whose map is a spiral; columns replace or follow the usual ones."""
    angle = np.arange(count) * 2.4
    usual = {
        "filename": [f"{n % 3}.wav" for n in range(count)],
        "start": range(count),
        "dur": [100] * count,
        "tsne": [f"{x:.5f}" for x in np.sqrt(np.arange(count)) * np.cos(angle)],
        "tsne2": [f"{y:.5f}" for y in np.sqrt(np.arange(count)) * np.sin(angle)],
    }
    columns = {**usual, **columns}
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([name for name, cells in columns.items() if cells is not None])
        writer.writerows(zip(*(cells for cells in columns.values() if cells is not None)))


def rows(path="s.csv"):
    return list(csv.DictReader(io.StringIO(Path(path).read_bytes().decode(), newline="")))


def cells(path="s.csv", names=("gridX", "gridY")):
    return [tuple(row[name] for name in names) for row in rows(path)]


def run(*words):
    return samples_to_grid.main(["-in", "s.csv", *words])


def error(capsys):
    """The one line on stderr."""
    err = capsys.readouterr().err
    assert err.count("\n") == 1, err
    return err


def full(width, height):
    return sorted((str(x), str(y)) for x in range(width) for y in range(height))


@pytest.mark.slow
def test_columns_are_added_in_place_and_the_rest_is_as_it_was(workplace, capsys):
    write_samples(note=NOTES)
    before = rows()
    assert run("-grid", "3x3") == 0
    after = rows()
    assert list(after[0]) == [*before[0], "gridX", "gridY"]
    assert [{k: v for k, v in row.items() if not k.startswith("grid")} for row in after] == before
    assert sorted(cells()) == full(3, 3)
    assert os.listdir() == ["s.csv"]
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "9 samples -> s.csv: gridX, gridY (3x3)"
    assert said[1].endswith("cells^2, the optimum")
    assert len(said) == 3


def test_the_figures_are_those_of_the_layout(workplace, capsys):
    # Points where cells are: nothing is moved. In a row of four, 3 others each: 1, 2, 2 and 1 of them are beside it.
    write_samples(count=4, tsne=[1, 5, 6, 90], tsne2=[0] * 4)
    assert run("-grid", "4x1") == 0
    assert [x for x, _ in cells()] == ["0", "1", "2", "3"]
    _, moved, kept = capsys.readouterr().out.splitlines()
    assert moved == "mean squared displacement: 0 cells^2, the optimum"
    assert kept == "of the 8 nearest neighbours within 3x3: 0.500; distance preservation: 1.000"


def test_the_first_property_runs_along_the_columns(workplace):
    write_samples(count=4, tsne=[1, 9, 1, 9], tsne2=[-5, -5, 5, 5])
    assert run("-grid", "2x2", "-out", "a.csv") == 0
    assert cells("a.csv") == [("0", "0"), ("1", "0"), ("0", "1"), ("1", "1")]
    assert run("-grid", "2x2", "-props", "tsne2, tsne", "-oprops", "col,row", "-out", "sub/b.csv") == 0
    assert cells("sub/b.csv", ("col", "row")) == [("0", "0"), ("0", "1"), ("1", "0"), ("1", "1")]
    assert "gridX" not in rows("sub/b.csv")[0]
    assert "gridX" not in rows("s.csv")[0]


def test_of_too_many_samples_the_best_are_placed(workplace, capsys):
    write_samples(count=9, power=[1, 9, 2, 8, 3, 7, 4, 6, 5])
    assert run("-grid", "2x2", "-sort", "power=desc") == 0
    placed = [n for n, cell in enumerate(cells()) if cell != ("", "")]
    assert placed == [1, 3, 5, 7]
    assert sorted(cells()[n] for n in placed) == full(2, 2)
    assert capsys.readouterr().out.startswith("4 of 9 samples, 5 without a cell (-grid 2x2) -> s.csv")
    # Again, with others: cells of those that were there before are emptied.
    assert run("-grid", "3x1", "-sort", "power=asc=0.1") == 0
    assert [n for n, cell in enumerate(cells()) if cell != ("", "")] == [0, 2, 4]


def test_the_default_sort_uses_the_columns_there_are(workplace, capsys):
    write_samples(count=9)
    assert run("-grid", "2x2") == 0
    assert [cell != ("", "") for cell in cells()] == [True] * 4 + [False] * 5
    # The clearer half, never fewer than the grid needs, by power.
    write_samples(count=9, clarity=[1, 2, 3, 4, 5, 6, 7, 8, 9], power=[9, 9, 9, 9, 1, 2, 3, 4, 5])
    assert run("-grid", "2x2") == 0
    assert [cell != ("", "") for cell in cells()] == [False] * 5 + [True] * 4
    capsys.readouterr()
    assert run("-grid", "2x2", "-sort", "loudness=desc") == 1
    assert "no column 'loudness'" in error(capsys)
    assert run("-grid", "3x3", "-sort", "loudness=desc") == 1  # also where all have a cell
    assert "no column 'loudness'" in error(capsys)


def test_too_few_samples_say_which_grids_would_fit(workplace, capsys):
    write_samples(count=23)
    before = Path("s.csv").read_bytes()
    assert run() == 1
    said = error(capsys)
    assert "has 23 samples, too few for the 65,536 cells of a grid of 256x256" in said
    assert "-grid 4x5 (20) or 4x4 (16)" in said
    assert Path("s.csv").read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("columns", "words", "said", "status"),
    [
        ({"tsne2": None}, [], "no column 'tsne2'", 1),
        ({"tsne2": None}, [], ' -in "s.csv" -components 2 -overwrite\n', 1),
        ({}, ["-props", "map,map2"], ' -in "s.csv" -components 2 -prefix map\n', 1),
        ({"tsne": [*"12345678", ""]}, [], "s.csv: line 10: no place in tsne, tsne2; to leave", 1),
        ({"tsne": [*"123456", "nan", "x", "inf"]}, [], "s.csv: line 9: tsne is 'x', not a number", 1),
        ({"tsne": [*"123456", "nan", "8", "inf"]}, [], "s.csv: lines 8, 10: no place in tsne, tsne2; to", 1),
        ({"tsne": ["nan"] * 9, "tsne2": ["1"] * 9}, ["-grid", "1x1"], "s.csv: its column 'tsne' holds no numbers", 1),
        ({}, ["-oprops", "start,gridY"], "-oprops: 'start': choose a name that no other column has", 2),
        ({}, ["-oprops", "gridX,vdur"], "-oprops: 'vdur': choose a name that no other column has", 2),
        ({}, ["-oprops", "gridX,tsne"], "tsne would be lost", 2),
        ({}, ["-sort", "dur=up"], "cannot read the part", 2),
        ({}, ["-out", "folder"], "is a folder", 1),
        ({}, ["-in", "nothing.csv"], "nothing.csv: there is no such table", 1),
    ],
)
def test_what_cannot_be_done_is_one_line(workplace, capsys, columns, words, said, status):
    write_samples(**columns)
    os.mkdir("folder")
    before = Path("s.csv").read_bytes()
    assert status_of(run, "-grid", "2x2", *words) == status
    assert said in error(capsys)
    assert Path("s.csv").read_bytes() == before
    assert sorted(os.listdir()) == ["folder", "s.csv"]


def test_a_table_without_samples_is_reported(workplace, capsys):
    write_samples(count=0)
    assert run("-grid", "2x2") == 1
    assert "no samples to lay out" in error(capsys)


def test_samples_without_a_place_get_no_cell(workplace, capsys):
    write_samples(count=7, tsne=[1, "", 2, -3, 4, "nan", 9], tsne2=[1, "", 2, 3, 4, "", 9])
    assert run("-grid", "2x2", "-sort", "start") == 0
    said = "4 of 7 samples, 1 without a cell (-grid 2x2), 2 without a place in tsne, tsne2, and without a cell -> s.csv"
    assert said in capsys.readouterr().out
    found = cells("s.csv")
    assert sorted(found[n] for n in (0, 2, 3, 4)) == full(2, 2)
    assert [found[n] for n in (1, 5, 6)] == [("", "")] * 3
    assert run("-grid", "2x3") == 1
    assert "has 5 samples with a place, too few for the 6 cells" in error(capsys)


@pytest.mark.slow
def test_samples_without_a_place_can_be_left_out_as_the_error_says(workplace, capsys):
    write_samples(count=6, tsne=[1, 2, "", -3, 4, 5], tsne2=[1, 2, "", 3, 4, ""])
    assert run("-grid", "2x2") == 1
    said = error(capsys)
    assert "line 7: no place in tsne, tsne2" in said
    words = shlex.split(said[said.index("python ") :].replace("NEW", "new.csv"))
    done = run_script(*words[1:], folder=workplace)
    assert (done.returncode, done.stderr) == (0, "")
    assert samples_to_grid.main(["-in", "new.csv", "-grid", "2x2"]) == 0
    assert sorted(cells("new.csv")) == full(2, 2)


@pytest.mark.parametrize(
    "words",
    [["-grid", "0x4"], ["-grid", "4"], ["-grid", "4x4x4"], ["-grid", "axb"], ["-props", "tsne"], ["-props", "a,b,c"],
     ["-props", "tsne,tsne"], ["-oprops", "gridX,"], ["-method", "best"]],
)  # fmt: skip
def test_wrong_usage(workplace, capsys, words):
    with pytest.raises(SystemExit) as ended:
        run(*words)
    assert ended.value.code == 2
    assert words[0] in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("method", ["auto", "optimal", "fast"])
def test_methods_and_scales_agree_on_a_small_grid(workplace, method):
    write_samples(count=30)
    assert run("-grid", "6x5", "-method", method, "-out", "a.csv") == 0
    map_ = [(float(row["tsne"]), float(row["tsne2"])) for row in rows()]
    write_samples(count=30, tsne=[f"{x * 1e-6:.14f}" for x, _ in map_], tsne2=[f"{y * 1e6 - 5}" for _, y in map_])
    assert run("-grid", "6x5", "-out", "b.csv") == 0
    assert cells("a.csv") == cells("b.csv")
    assert sorted(cells("a.csv")) == full(6, 5)


def test_rasterfairy_that_is_missing_or_broken_is_one_line(workplace, capsys, monkeypatch):
    write_samples()
    monkeypatch.setitem(sys.modules, "rasterfairy", None)
    assert run("-grid", "3x3", "-method", "rasterfairy") == 1
    assert "is not installed: use the method auto" in error(capsys)
    monkeypatch.setitem(sys.modules, "rasterfairy", object())
    assert run("-grid", "3x3", "-method", "rasterfairy") == 1
    assert "the package fails here (AttributeError" in error(capsys)


def test_a_row_without_a_sample_keeps_the_bytes_of_the_table(workplace):
    # Line ends and byte order mark of a table from a spreadsheet.
    lines = ["filename,tsne,tsne2", "a,1,1", "b,2,2", ""]
    Path("s.csv").write_bytes(b"\xef\xbb\xbf" + "\r\n".join(lines).encode())
    assert run("-grid", "1x1") == 0
    assert Path("s.csv").read_bytes() == b"\xef\xbb\xbffilename,tsne,tsne2,gridX,gridY\r\na,1,1,0,0\r\nb,2,2,,\r\n"


@pytest.mark.slow
@pytest.mark.parametrize("columns", [{}, {"filename": ["one.wav"] * 9, "hz": range(9)}, {"filename": ["$a_b^c"] * 9}])
def test_a_picture_is_saved_where_there_is_no_display(workplace, capsys, monkeypatch, columns):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    write_samples(**columns)
    assert run("-grid", "4x2", "-plot") == 0
    assert capsys.readouterr().out.endswith("picture: output/s_grid.png\n")
    assert Path("output/s_grid.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_as_a_process_from_elsewhere_with_a_strange_name(workplace):
    os.mkdir("it's 100%s\n♫")
    write_samples("it's 100%s\n♫/-in.csv")
    done = run_script("samples_to_grid.py", "-in", "it's 100%s\n♫/-in.csv", "-grid", "3x3", folder=workplace)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(cells("it's 100%s\n♫/-in.csv")) == full(3, 3)


def test_the_shape_is_chosen(workplace, capsys):
    write_samples(count=14)
    assert run("-grid", "auto") == 0
    assert "12 of 14 samples, 2 without a cell (-grid 4x3)" in capsys.readouterr().out
    assert sorted(place for place in cells() if place[0]) == sorted((str(n % 4), str(n // 4)) for n in range(12))


@pytest.mark.slow
def test_the_picture_is_coloured_by_a_column(workplace, capsys):
    pytest.importorskip("matplotlib")
    write_samples(kind=list("abcabcabc"))
    assert run("-grid", "3x3", "-plot", "-color", "kind") == 0
    assert "output/s_grid.png" in capsys.readouterr().out.replace(os.sep, "/")
    assert run("-grid", "3x3", "-plot", "-color", "nothing") == 1
    assert "no column 'nothing'" in capsys.readouterr().err
