"""The stage from its command line: counts and medians in the manifest, whatever the sample tables look like."""

import csv
import io
import statistics
from pathlib import Path

import numpy as np
import pytest

import get_sample_features

HEADER = "filename,start,dur,power,hz,clarity,note,octave\n"
NEW = ["samples", "medianPower", "medianHz", "medianClarity", "medianDur"]


@pytest.fixture
def folder(workplace):
    (workplace / "tables/disc 1").mkdir(parents=True)
    return workplace


def table(name, text):
    Path(f"tables/{name}.csv").write_bytes(text.encode())


def manifest(text):
    Path("m.csv").write_bytes(text.encode())


def run(*words):
    return get_sample_features.main(["-in", "m.csv", "-dir", "tables", *words])


def rows(path="m.csv"):
    return list(csv.DictReader(io.StringIO(Path(path).read_bytes().decode(), newline="")))


def new(path="m.csv"):
    return [[row[name] for name in NEW] for row in rows(path)]


def error(capsys):
    err = capsys.readouterr().err
    assert err.count("\n") == 1, err
    return err


def test_counts_and_medians_are_added_and_the_rest_is_as_it_was(folder, capsys):
    # Medians by hand: of three the middle one, of four the mean of the two in the middle.
    table("a.mp4", HEADER + "a.mp4,0,100,1.5,440,20,A,4\na.mp4,9,300,0.5,220.5,30,A,3\na.mp4,9,200,9,880,10.25,A,5\n")
    rows4 = "b,0,1,1,10,1,-,-1\nb,0,2,2,20,2,-,-1\nb,0,4,4,40,4,-,-1\nb,0,9,9,90.01,9,-,-1\n"
    table("disc 1/b, 2.mp4", HEADER + rows4)
    manifest('n,filename,x\n007,a.mp4,"two\nlines"\n1e5,"disc 1/b, 2.mp4",  y \n')
    assert run() == 0
    assert Path("m.csv").read_bytes().decode() == (
        "n,filename,x,samples,medianPower,medianHz,medianClarity,medianDur\n"
        '007,a.mp4,"two\nlines",3,1.50,440.00,20.00,200.00\n'
        '1e5,"disc 1/b, 2.mp4",  y ,4,3.00,30.00,3.00,3.00\n'
    )
    assert "7 samples of 2 of 2 rows -> m.csv" in capsys.readouterr().out


def test_the_manifest_may_stay_and_another_be_written(folder):
    table("a.mp4", HEADER)
    manifest("filename\na.mp4\n")
    assert run("-out", "deep/er/out.csv") == 0
    assert Path("m.csv").read_text() == "filename\na.mp4\n"
    assert new("deep/er/out.csv") == [["0", "-1", "-1", "-1", "-1"]]


def test_missing_empty_cut_off_and_other_tables(folder, capsys):
    table("empty.mp4", HEADER)
    table("nothing.mp4", "")
    table("plain.mp4", "filename,start,dur\nx,0,10\nx,5,30\n")
    table("cut.mp4", HEADER + "x,0,10,1,100,5,A,4\nx,0,30,3,300,7,A,4\nx,0,50,5,50")
    table("other.mp4", "a,b\n1,2\n")
    table("binary.mp4", "\0\0")
    table("words.mp4", HEADER + "x,0,10,loud,100,5,A,4\nx,0,30,3, 300 ,,A,4\nx,0,20,nan,1e999,5.005,A,4\n")
    names = ["missing.mp4", "empty.mp4", "nothing.mp4", "plain.mp4", "cut.mp4", "other.mp4", "binary.mp4", "words.mp4"]
    manifest("filename\n" + "".join(f"{name}\n" for name in names))
    assert run() == 0
    none = ["-1"] * 4
    assert new() == [
        ["-1", *none],
        ["0", *none],
        ["0", *none],
        ["2", "-1", "-1", "-1", "20.00"],
        ["2", "2.00", "200.00", "6.00", "20.00"],
        ["1", *none],
        ["-1", *none],
        ["3", "3.00", "200.00", "5.00", "20.00"],
    ]
    said = capsys.readouterr()
    assert "medianHz is -1 in 2 rows" in said.out
    lines = said.err.splitlines()
    assert "4 files could not be used" in lines[0]
    wanted = ["missing.mp4: has no sample table in tables", "nothing.mp4", "other.mp4", "binary.mp4"]
    for words, line in zip(wanted, lines[1:5], strict=True):
        assert words in line
    assert "has no column 'dur'; its columns are: a, b" in lines[3]
    assert "2 files could be read only in part" in lines[5]
    assert lines[6].startswith("  cut.mp4: ")
    assert lines[7].endswith("words.mp4: line 2 of tables/words.mp4.csv: power is 'loud', not a number")
    assert "the 2 rows before it are used" in lines[6]
    assert run("-strict") == 1


def test_a_file_without_sound_is_not_missed(folder, capsys):
    table("a.mp4", HEADER)
    manifest("filename,duration,hasAudio\na.mp4,5,1\nsilent.mp4,5,0\nbroken.mp4,0,0\n")
    assert run("-strict") == 0
    assert new()[1] == new()[2] == ["-1"] * 5
    assert capsys.readouterr().err == ""


def test_no_table_at_all_is_one_line(folder, capsys):
    manifest("filename\n" + "".join(f"{n}.mp4\n" for n in range(50)))
    before = Path("m.csv").read_bytes()
    assert run() == 1
    assert "tables: none of the 50 sample tables is there, such as 0.mp4.csv: check -dir" in error(capsys)
    assert Path("m.csv").read_bytes() == before


def test_rows_that_name_no_file_and_rows_that_name_one_twice(folder, capsys):
    table("a.mp4", HEADER + "x,0,10,1,100,5,A,4\n")
    manifest("filename,n\na.mp4,1\n,2\n../a.mp4,3\na.mp4,4\n")
    assert run() == 0
    one = ["1", "1.00", "100.00", "5.00", "10.00"]
    assert new() == [one, ["-1"] * 5, ["-1"] * 5, one]
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert "line 3" in lines[1]
    assert "../a.mp4: refused" in lines[2]


def test_old_columns_are_written_over_in_their_place(folder):
    table("a.mp4", HEADER + "x,0,10,1,100,5,A,4\n")
    manifest("samples,filename,medianHz\n9,a.mp4,9\n")
    assert run() == 0
    expected = "samples,filename,medianHz,medianPower,medianClarity,medianDur\n1,a.mp4,100.00,1.00,5.00,10.00\n"
    assert Path("m.csv").read_text() == expected


@pytest.mark.slow
@pytest.mark.parametrize("threads", ["1", "4", "-1"])
def test_many_tables_give_the_medians_of_pythons_statistics(folder, threads):
    random = np.random.default_rng(5)
    wanted = []
    for n in range(60):
        cells = np.round(random.lognormal(3, 2, (random.integers(1, 90), 4)), 2)
        lines = (f"f,0,{d:g},{p:.2f},{h:.2f},{c:.2f},A,4\n" for d, p, h, c in cells)
        table(f"{n}.mp4", HEADER + "".join(lines))
        medians = [statistics.median([float(f"{v:g}" if k == 0 else v) for v in cells[:, k]]) for k in range(4)]
        wanted.append([len(cells), *medians[1:], medians[0]])
    manifest("filename\n" + "".join(f"{n}.mp4\n" for n in range(60)))
    assert run("-threads", threads) == 0
    for got, expected in zip(new(), wanted, strict=True):
        assert [float(cell) for cell in got] == pytest.approx(expected, abs=0.00501)


@pytest.mark.parametrize(
    ("content", "words", "said"),
    [
        ("filename\n", (), "m.csv: the table has no rows"),
        ("", (), "m.csv: the table is empty"),
        ("name\na\n", (), "m.csv: has no column 'filename'; its columns are: name"),
        ("filename\na\n", ("-dir", "nowhere"), "nowhere: there is no such folder: check -dir"),
        ("filename\na\n", ("-out", "tables"), "tables: is a folder"),
        ("\0\0", (), "m.csv: is not a CSV table"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_nothing_is_lost(folder, capsys, content, words, said):
    manifest(content)
    assert run(*words) == 1
    assert said in error(capsys)
    assert Path("m.csv").read_bytes() == content.encode()
