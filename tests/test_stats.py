"""The three scripts that show a table: their pictures, their figures, and what they say when nothing can be shown."""

from pathlib import Path

import pytest
from PIL import Image

import stats_histogram
import stats_plot
import stats_totals
from lib.plots import figures as pictures
from lib.plots import histograms as histogram_pictures
from tests.support.media_factory import run_script
from tests.support.scripts import status_of

SAMPLES = "filename,start,dur,power,hz,clarity,note,octave\n" + "".join(
    f"film {n % 3}.mp4,{n * 500},{100 + n % 80},{n % 7}.5,{100 + 37 * n % 900},{n % 30},{'CDE'[n % 3]},{n % 5}\n"
    for n in range(400)
)
MANIFEST = (
    "filename,duration,samples,medianPower,medianDur\n"
    "a,3600,100,1.5,200\nb,60.4,50,0.5,300\nc,5400.25,0,-1,-1\nd,1800,25,0,100\ne,,10,2,400\n"
)


@pytest.fixture
def folder(workplace, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    Path("s.csv").write_text(SAMPLES)
    Path("m.csv").write_text(MANIFEST)
    return workplace


def size(path):
    with Image.open(path) as picture:
        return picture.size


def error(capsys):
    err = capsys.readouterr().err
    assert err.count("\n") == 1, err
    return err


@pytest.mark.slow
def test_histograms_without_a_display_are_saved_and_their_place_is_reported(folder):
    # As a user does it: in a process of its own, without a display.
    done = run_script("stats_histogram.py", "-in", "s.csv", folder=folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, "picture: output/s_histogram.png\n", "")
    assert size("output/s_histogram.png") == (1600, 800)


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_pictures_are_saved_where_they_are_wanted_and_always_the_same(folder, capsys, ending):
    for script, words in ((stats_histogram, ("-fig", "6,4", "-plot", "hz")), (stats_plot, ("-highlight", "filename"))):
        for name in ("one", "two"):
            assert script.main(["-in", "s.csv", "-out", f"deep/{name}.{ending}", *words]) == 0
            assert capsys.readouterr().out == f"picture: deep/{name}.{ending}\n"
        assert Path(f"deep/one.{ending}").read_bytes() == Path(f"deep/two.{ending}").read_bytes()


def test_a_histogram_has_the_size_columns_and_bars_asked_for(folder, blank_plots, monkeypatch):
    asked = []
    draw = histogram_pictures.histograms
    monkeypatch.setattr(
        histogram_pictures, "histograms", lambda table, *words: asked.append(words) or draw(table, *words)
    )
    words = ["-plot", "hz,filename", "-bins", "7", "-ncols", "2", "-fig", "5,2.5", "-out", "x.png"]
    assert stats_histogram.main(["-in", "s.csv", *words]) == 0
    assert asked == [(["hz", "filename"], 7, 2, (5.0, 2.5), "")]
    assert size("x.png") == (500, 250)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "name"),
    [
        ((), "s_power_hz"),
        (("-props", "clarity"), "s_clarity"),
        (("-props", "note,hz", "-log", "2", "-highlight", "octave"), "s_note_hz"),
        (("-props", "dur", "-sort", "hz=desc=0.5", "-lim", "30", "-log", "1"), "s_dur"),
    ],
)
def test_every_kind_of_plot_is_drawn(folder, capsys, words, name):
    assert stats_plot.main(["-in", "s.csv", *words]) == 0
    left_out = "30 of 400 rows, the others left out by -lim 30\n" if "-lim" in words else ""
    assert capsys.readouterr().out == f"{left_out}picture: output/{name}.png\n"
    assert size(f"output/{name}.png") == (1200, 800)


def test_rows_are_sorted_and_cut_before_they_are_drawn(folder, blank_plots, monkeypatch):
    seen = []

    def spy(draw):
        return lambda table, *words: seen.append((table, words)) or draw(table, *words)

    monkeypatch.setattr(pictures, "curve", spy(pictures.curve))
    monkeypatch.setattr(pictures, "scatter", spy(pictures.scatter))
    words = ["-in", "s.csv", "-out", "x.png", "-sort", "power=desc&dur=asc=0.5", "-lim", "5"]
    assert stats_plot.main([*words, "-props", "power"]) == 0
    assert stats_plot.main([*words, "-props", "power,dur", "-log", "10", "-highlight", "note"]) == 0
    for table, _ in seen:
        assert table.text("dur") == ["100", "100", "100", "100", "100"]
    assert seen[0][1] == ("power", 0, "", "power=desc&dur=asc=0.5")
    assert seen[1][1] == ("power", "dur", 10, "note")
    assert stats_plot.main([*words, "-props", "power,dur", "-color", "note"]) == 0
    assert seen[2][1] == ("power", "dur", 0, "note")


def test_totals_are_an_aligned_table(folder, capsys):
    assert stats_totals.main(["-in", "m.csv"]) == 0
    # c has no samples and d no power; e has no duration.
    assert capsys.readouterr().out == (
        "3 of 5 rows meet samples>0&medianPower>0\n"
        "          rows    total   median\n"
        "duration     2  1:01:00  0:30:30\n"
        "samples      3      160       50\n"
    )


def test_totals_of_other_columns_and_rows(folder, capsys):
    words = ["-props", "medianDur,medianPower,duration,filename", "-filter", "duration>=1800"]
    assert stats_totals.main(["-in", "m.csv", *words]) == 0
    # 3600 + 5400.25 + 1800 s; values of 0 or less are left out, column by column.
    assert capsys.readouterr().out == (
        "3 of 5 rows meet duration>=1800\n"
        "             rows    total   median\n"
        "medianDur       2  0:00:00   150 ms\n"
        "medianPower     1     1.50     1.50\n"
        "duration        3  3:00:00  1:00:00\n"
        "filename        0        -        -\n"
    )


def test_long_totals_have_more_than_a_day_of_hours(folder, capsys):
    Path("m.csv").write_text("duration,samples\n" + "4444.4,1234567\n" * 3000)
    assert stats_totals.main(["-in", "m.csv"]) == 0
    # 4444.4 x 3000 = 13,333,200 s; medianPower is not there, and its condition left out.
    assert capsys.readouterr().out == (
        "3,000 of 3,000 rows meet samples>0\n"
        "           rows          total     median\n"
        "duration  3,000     3703:40:00    1:14:04\n"
        "samples   3,000  3,703,701,000  1,234,567\n"
    )


def test_totals_beyond_what_is_exact_have_their_first_digits(folder, capsys):
    Path("t.csv").write_text("n,duration,big\n1e18,1e300,1e308\n1e18,1,1e308\n")
    assert stats_totals.main(["-in", "t.csv", "-props", "n,duration,big"]) == 0
    lines = capsys.readouterr().out.splitlines()[2:]
    shown = ["n 2 2e+18 1e+18", "duration 2 1e+300 5e+299 s", "big 2 over 1.8e+308 1e+308"]
    assert [" ".join(line.split()) for line in lines] == shown


def test_defaults_leave_out_columns_that_are_missing(folder, capsys):
    Path("s.csv").write_text("filename,start,dur\na,0,100\n")
    assert stats_histogram.main(["-in", "s.csv", "-out", "x.png"]) == 0
    Path("m.csv").write_text("filename,duration\na,90\n")
    assert stats_totals.main(["-in", "m.csv"]) == 0
    assert "1 row\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("script", "words", "said", "status"),
    [
        (stats_histogram, ("-plot", "pitch"), "s.csv: has no column 'pitch'; its columns are: filename, start", 1),
        (stats_histogram, ("-plot", "hz,,dur"), "columns joined by commas", 2),
        (stats_histogram, ("-in", "empty.csv"), "empty.csv: the table has no rows", 1),
        (stats_histogram, ("-in", "names.csv"), "none of the columns power,dur", 1),
        (stats_histogram, ("-in", "none.csv"), "none.csv: there is no such table", 1),
        (stats_histogram, ("-out", "x.gif"), "end in .png, .svg, .pdf", 2),
        (stats_plot, ("-props", "pitch"), "no column 'pitch'", 1),
        (stats_plot, ("-highlight", "pitch"), "no column 'pitch'", 1),
        (stats_plot, ("-color", "pitch"), "no column 'pitch'", 1),
        (stats_plot, ("-color", "hz", "-highlight", "dur"), "give one of them", 2),
        (stats_plot, ("-props", "hz,power,dur"), "give one column, or two", 2),
        (stats_plot, ("-props", ""), "give one column, or two", 2),
        (stats_plot, ("-sort", "pitch=desc"), "no column 'pitch'", 1),
        (stats_plot, ("-in", "empty.csv"), "empty.csv: the table has no rows", 1),
        (stats_plot, ("-sort", "hz=desc=0"), "s.csv: the sort hz=desc=0 keeps none of 400 rows", 1),
        (stats_plot, ("-out", "x"), "end in .png, .svg, .pdf", 2),
        (stats_totals, ("-props", "pitch"), "no column 'pitch'", 1),
        (stats_totals, ("-props", "dur", "-filter", "pitch>1"), "no column 'pitch'", 1),
        (stats_totals, ("-props", "dur", "-filter", "hz>9999"), "none of 400 rows meets the filter hz>9999", 1),
        (stats_totals, ("-props", "dur", "-filter", "hz"), "cannot read the part 'hz'", 2),
        (stats_totals, (), "none of the columns duration,samples", 1),
        (stats_totals, ("-in", "empty.csv"), "no", 1),
        (stats_totals, ("-props", "filename"), "s.csv: no column of these holds numbers: filename", 1),
    ],
)
def test_what_cannot_be_done_is_one_line(folder, capsys, script, words, said, status):
    Path("empty.csv").write_text("power,hz,duration,samples\n")
    Path("names.csv").write_text("name\nx\n")
    assert status_of(script.main, ["-in", "s.csv", *words]) == status
    assert said in error(capsys)
    assert not list(Path().glob("x*"))


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (stats_histogram, ("-bins", "0")),
        (stats_histogram, ("-ncols", "-1")),
        (stats_histogram, ("-fig", "16")),
        (stats_histogram, ("-fig", "16,0")),
        (stats_histogram, ("-fig", "16,nan")),
        (stats_histogram, ("-fig", "1e9,8")),
        (stats_plot, ("-log", "-2")),
        (stats_plot, ("-lim", "0")),
        (stats_plot, ("-lim", "-5")),
    ],
)
def test_wrong_numbers_are_wrong_usage(folder, capsys, script, words):
    with pytest.raises(SystemExit) as exit_:
        script.main(["-in", "s.csv", *words])
    assert exit_.value.code == 2
    assert words[0] in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("words", [("stats_histogram", "-plot", "hz"), ("stats_plot", "-props", "hz")])
def test_where_output_cannot_be_made_another_place_is_advised(folder, blank_plots, capsys, words):
    Path("output").write_text("mine")
    name, *flags = words
    main = {"stats_histogram": stats_histogram.main, "stats_plot": stats_plot.main}[name]
    assert main(["-in", "s.csv", *flags]) == 1
    said = capsys.readouterr().err
    assert "output: the folder cannot be created (a file of this name exists): name the picture with -out" in said
    assert main(["-in", "s.csv", *flags, "-out", "output/p.png"]) == 1
    assert (
        "output: the folder cannot be created (a file of this name exists): choose another -out"
        in capsys.readouterr().err
    )
