"""The stage from its command line: which files and samples are taken, and what is said when none can be."""

import csv
from pathlib import Path

import pytest

import samples_subset
from tests.support.media_factory import run_script
from tests.support.scripts import status_of

HEADER = "filename,start,dur,power\n"


@pytest.fixture
def folder(workplace):
    """A manifest of four files, of which one has no samples, and tables of the others."""
    (workplace / "tables/disc 1").mkdir(parents=True)
    table("a.mp4", [5, 1, 4])
    table("disc 1/b.mp4", [2, 9, 7, 8, 6])
    table("c.mp4", [3])
    Path("m.csv").write_text("filename,samples,x\na.mp4,3,1\ndisc 1/b.mp4,5,2\nc.mp4,1,3\nd.mp4,-1,4\n")
    return workplace


def table(name, powers):
    rows = "".join(f"{name},{n},100,{power}\n" for n, power in enumerate(powers))
    Path(f"tables/{name}.csv").write_text(HEADER + rows)


def run(*words, source="m.csv"):
    return samples_subset.main(["-in", source, "-dir", "tables", "-out", "out.csv", *words])


def taken():
    """(file, power) of what was taken, in order."""
    with open("out.csv", newline="") as file:
        return [(row["filename"][-5], int(row["power"])) for row in csv.DictReader(file)]


def error(capsys):
    err = capsys.readouterr().err
    assert err.count("\n") == 1, err
    return err


def test_all_samples_of_the_files_that_have_some(folder, capsys):
    assert run() == 0
    assert taken() == [*zip("aaa", [5, 1, 4], strict=True), *zip("bbbbb", [2, 9, 7, 8, 6], strict=True), ("c", 3)]
    assert capsys.readouterr().out == (
        "3 of 4 rows meet the filter samples>0\n9 samples of 3 files\n9 chosen -> out.csv\n"
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("-filter", "x<3", "-sort", "x=desc"), "b2 b9 b7 b8 b6 a5 a1 a4"),
        (("-sort", "samples=desc=0.6"), "b2 b9 b7 b8 b6 a5 a1 a4"),  # 0.6 of three files, rounded up: two
        (("-ffilter", "power>4&power!=8"), "a5 b9 b7 b6"),
        (("-fsort", "power=desc", "-flim", "2"), "a5 a4 b9 b8 c3"),
        (("-flim", "2"), "a5 a1 b2 b9 c3"),
        (("-flim", "2", "-lim", "3", "-fsort", "power=desc"), "b9 b8 a5"),
        (("-lim", "5", "-fsort", "power=desc"), "b9 b8 a5 a4 c3"),  # an even share: 2, 2 and the one there is
        (("-lim", "4", "-fsort", "power=asc"), "a1 b2 c3 a4"),  # shares of 2 are 5 in all: the last is left out
        (("-ffilter", "power<3", "-lim", "9"), "a1 b2"),
        (("-fsort", "power=desc=0.5"), "a5 a4 b9 b8 b7 c3"),
    ],
)
def test_what_is_taken(folder, words, expected):
    assert run(*words) == 0
    assert " ".join(f"{file}{power}" for file, power in taken()) == expected


def test_the_blacklist_beside_the_manifest_is_left_out(folder, capsys):
    Path("m_blacklist.csv").write_text("why,filename\nnoise,disc 1/b.mp4\nold,other.mp4\n")
    assert run() == 0
    assert {file for file, _ in taken()} == {"a", "c"}
    assert "1 of 4 rows are on the blacklist" in capsys.readouterr().out


def test_probe_prints_the_counts_and_writes_nothing(folder, capsys):
    assert run("-probe", "-ffilter", "power>2", "-flim", "2", "-lim", "3") == 0
    out = capsys.readouterr().out.splitlines()
    assert out[1:] == [
        "9 samples of 3 files",
        "7 meet -ffilter power>2",
        "5 within the limit per file",
        "3 chosen",
    ]
    assert not Path("out.csv").exists()


def test_sample_tables_can_be_taken_directly(folder, capsys):
    Path("tables/notes.csv").write_text("title,text\na,b\n")  # another table in the same folder
    assert samples_subset.main(["-in", "tables/*.csv", "-out", "tables/out.csv", "-flim", "1"]) == 0
    assert Path("tables/out.csv").read_text() == HEADER + "a.mp4,0,100,5\nc.mp4,0,100,3\n"
    assert "tables/notes.csv" in capsys.readouterr().err
    # The next time it is one of the tables: neither left out nor replaced.
    before = Path("tables/out.csv").read_bytes()
    capsys.readouterr()
    assert samples_subset.main(["-in", "tables/**/*.csv", "-out", "tables/out.csv", "-flim", "1"]) == 1
    said = capsys.readouterr().err
    assert "tables/out.csv: is one of the tables that tables/**/*.csv means, and would be replaced" in said
    assert said.endswith(": choose another -out\n")
    assert Path("tables/out.csv").read_bytes() == before
    Path("tables/out.csv").unlink()
    assert samples_subset.main(["-in", "tables/**/*.csv", "-out", "tables/out.csv", "-flim", "1"]) == 0
    assert Path("tables/out.csv").read_text() == HEADER + "a.mp4,0,100,5\nc.mp4,0,100,3\ndisc 1/b.mp4,0,100,2\n"


def test_the_defaults_take_what_is_in_tmp(workplace, capsys):
    Path("tmp").mkdir()
    Path("tmp/a.mp4.csv").write_text(HEADER + "a.mp4,0,100,5\n")
    assert samples_subset.main([]) == 0
    assert Path("tmp/combined_samples.csv").read_text() == HEADER + "a.mp4,0,100,5\n"


def test_a_folder_and_a_table_of_several_files(folder):
    assert run(source="tables") == 0
    assert {file for file, _ in taken()} == set("abc")
    Path("all.csv").write_text(HEADER + "x.mp4,0,9,1\ny.mp4,0,9,1\nx.mp4,9,9,2\n")
    assert run("-flim", "1", source="all.csv") == 0
    assert taken() == [("x", 1), ("y", 1)]


def test_the_default_filter_is_left_out_where_its_column_is_missing(folder, capsys):
    Path("m.csv").write_text("filename\na.mp4\nd.mp4\n")
    assert run() == 0
    assert taken() == list(zip("aaa", [5, 1, 4], strict=True))
    assert "d.mp4: has no sample table in tables" in capsys.readouterr().err
    assert run("-strict") == 1
    assert run("-filter", "samples>1") == 1
    assert "no column 'samples'; its columns are: filename" in capsys.readouterr().err.splitlines()[-1]


def test_a_cut_off_table_and_one_with_other_columns_are_listed(folder, capsys):
    path = Path("tables/a.mp4.csv")
    path.write_bytes(path.read_bytes()[:-3])
    Path("tables/c.mp4.csv").write_text("filename,start,dur,volume\nc.mp4,0,100,3\n")
    assert run("-ffilter", "power>0") == 0
    assert taken() == [("a", 5), ("a", 1), *zip("bbbbb", [2, 9, 7, 8, 6], strict=True)]
    lines = capsys.readouterr().err.splitlines()
    assert "c.mp4.csv has no column 'power'; its columns are: filename, start, dur, volume" in lines[0]
    assert "could be read only in part: a.mp4: its sample table tables/a.mp4.csv is cut off" in lines[1]


@pytest.mark.slow
def test_shuffled_is_the_same_for_any_number_of_workers(folder):
    table("a.mp4", range(300))
    results = []
    words = ("-in", "m.csv", "-dir", "tables", "-out", "out.csv", "-flim", "9", "-shuffle", "-threads")
    for threads in ("1", "2"):  # in processes: polars takes its number of threads once
        done = run_script("samples_subset.py", *words, threads, folder=folder)
        assert done.returncode == 0, done.stderr
        results.append(Path("out.csv").read_bytes())
    assert samples_subset.main([*words, "-1"]) == 0
    results.append(Path("out.csv").read_bytes())
    assert results[0] == results[1] == results[2]
    powers = [power for file, power in taken() if file == "a"]
    assert len(powers) == 9
    assert powers != list(range(9))


@pytest.mark.parametrize("flag", ["-lim", "-flim"])
@pytest.mark.parametrize("value", ["0", "-2", "x"])
def test_limits_are_one_or_more(folder, capsys, flag, value):
    with pytest.raises(SystemExit) as exit_:
        run(flag, value)
    assert exit_.value.code == 2
    assert flag in capsys.readouterr().err.splitlines()[-1]
    assert not Path("out.csv").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "said", "status"),
    [
        (("-ffilter", "power>99"), "no sample is left: none of 9 samples of 3 files meets the filter power>99", 1),
        (("-filter", "samples>99"), "m.csv: no row is left: 0 of 4 rows meet the filter samples>99", 1),
        (("-ffilter", "power"), "cannot read the part 'power'", 2),
        (("-fsort", "power=up"), "cannot read the part 'power=up'", 2),
        (("-fsort", "power=desc=0"), "no sample is left: the sort power=desc=0 keeps none of 9 samples of 3 files", 1),
        (
            ("-fsort", "hz"),
            "has no column 'hz'; its columns are: filename, start, dur, power; to make a table with it: python",
            1,
        ),
        (("-in", "one.csv", "-ffilter", "power>8"), "none of 2 samples of 2 files meets the filter power>8", 1),
        (("-sort", "hz"), "m.csv: has no column 'hz'; its columns are: filename, samples, x", 1),
        (("-dir", "nowhere"), "nowhere: there is no such folder", 1),
        (("-dir", "."), ".: none of the 3 sample tables is there, such as a.mp4.csv: check -dir", 1),
        (("-in", "none.csv"), "none.csv: there is no such table", 1),
        (("-in", "none/*.csv"), "none/*.csv: no file matches this pattern", 1),
        (("-in", "empty"), "empty: there are no sample tables in this folder\n", 1),
        (("-in", "own"), "own: there are no sample tables in this folder, but media; to make one: python ", 1),
        (("-in", "tables/*.csv", "-filter", "x>1"), "-ffilter and -fsort", 2),
        (("-in", "empty.csv"), "empty.csv: the table has no rows", 1),
        (("-in", "out.csv", "-out", "out.csv"), "out.csv: is an input, which would be replaced", 1),
        (("-out", "tables/a.mp4.csv"), "tables/a.mp4.csv: is an input, which would be replaced", 1),
        (("-out", "tables"), "tables: is a folder", 1),
        (("-in", "header.csv"), "no sample is left: 1 table without a row", 1),
        (("-in", "header.*sv"), "no sample is left: 1 table without a row", 1),
        (("-in", "tables/*.csv", "-ffilter", "power>99"), "none of 4 samples of 2 files meets the filter", 1),
        (("-in", "nameless.csv"), "nameless.csv: no row names a file", 1),
        (("-in", "other.csv"), "other.csv: has no column 'filename'; its columns are: a, b", 1),
    ],
)
def test_what_cannot_be_done_is_one_line_and_nothing_is_lost(folder, capsys, words, said, status):
    Path("out.csv").write_text("filename,start,dur\n")
    Path("empty.csv").write_text("filename,samples\n")
    Path("nameless.csv").write_text("filename,samples\n,3\n../x,3\n")
    Path("other.csv").write_text("a,b\n1,2\n")
    Path("header.csv").write_text(HEADER)
    Path("empty").mkdir()
    Path("own").mkdir()
    Path("own/a.mp3").touch()
    Path("one.csv").write_text("filename,start,dur,power\na.wav,0,1,1\nb.wav,0,1,2\n")
    assert status_of(run, *words) == status
    assert said in error(capsys)
    assert Path("out.csv").read_text() == "filename,start,dur\n"


def test_one_row_without_a_name_among_others(folder, capsys):
    Path("m.csv").write_text("filename,samples\n,3\na.mp4,3\na.mp4,3\n")
    assert run() == 0
    assert taken() == list(zip("aaa", [5, 1, 4], strict=True))
    assert "a row has no filename" in capsys.readouterr().err


def test_a_word_among_numbers_is_named_with_its_table_and_line(folder, capsys):
    for name, words in (("a", ["1", "2"]), ("b", ["3", "null"]), ("c", ["null", "4"])):
        rows = "".join(f'"{name}\n.wav",0,100,{word}\n' for word in words)
        Path(f"t{name}.csv").write_text(f"filename,start,dur,power\n{rows}")
    assert run("-in", "t*.csv", "-ffilter", "power>0.5", "-probe") == 1
    assert ": tb.csv: line 3: power is 'null', not a number\n" in capsys.readouterr().err
    assert run("-in", "t*.csv", "-ffilter", "start>=0&power!=1", "-fsort", "power", "-flim", "1", "-out", "x.csv") == 1
    assert ": tb.csv: line 3: power is 'null', not a number\n" in capsys.readouterr().err
    Path("tb.csv").write_text("filename,start,dur,power\nb.wav,0,100,null\n")  # nothing else in it
    Path("tc.csv").unlink()
    assert run("-in", "t*.csv", "-fsort", "power", "-lim", "2", "-out", "x.csv") == 1
    assert ": a sample of 'b.wav': power is 'null', not a number\n" in capsys.readouterr().err
    assert status_of(run, "-in", "t*.csv", "-ffilter", "1<power", "-probe") == 2
    assert "'1' is in the place of a column: did you mean power>1?" in capsys.readouterr().err


def test_a_file_with_samples_in_two_tables_is_one_file(folder, capsys):
    for name in ("one", "two"):
        Path(f"s_{name}.csv").write_text(HEADER + "a.wav,0,100,1\nb.wav,5,100,2\n")
    assert run("-in", "s_*.csv", "-probe") == 0
    said = "2 samples of 2 files; 2 further rows left out: these samples are in several tables\n2 chosen\n"
    assert capsys.readouterr().out == said
    assert run("-in", "s_*.csv") == 0
    assert Path("out.csv").read_text() == HEADER + "a.wav,0,100,1\nb.wav,5,100,2\n"
