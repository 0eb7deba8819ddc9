"""What the command line adds to a message: which flag to change, and what makes what is missing."""

import os
import signal
from types import SimpleNamespace

import pytest

from lib.cli import main, next_steps
from lib.cli.main import advice, another_place, interrupted, is_beside, naming
from lib.errors import (
    ColumnsError,
    FolderError,
    MediaError,
    MissingColumnError,
    MissingError,
    NoFolderError,
    NoTableError,
    OccupiedError,
    PlaceError,
)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(next_steps, "ROOT", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "values", "flag"),
    [
        ("a/b/c", {"out": "a/b/c", "in": "a/b"}, "out"),
        ("a/b/c", {"out": "a/b", "in": "a"}, "out"),
        ("a/b/c", {"out": "a", "in": "a/b"}, "in"),
        ("a/b/c", {"out": "a/b/c/d", "in": "a/b"}, "out"),  # of equals the first
        ("a/b/c", {"in": "a/b", "out": "a/b/c/d"}, "out"),
        ("a/b/c", {"out": "a/b/c/d/e", "in": "a/b"}, "in"),
        ("a/b/c", {"out": "a/x", "in": "b"}, ""),
        ("a/b/c", {"out": "", "in": None}, ""),
        ("a/b/c", {"out": 5, "in": "./a/b"}, "in"),
        ("t/x.csv", {"out": "t/%s.csv", "in": "y"}, "out"),
        ("t/x.csv", {"out": "%s.csv", "in": "t"}, "in"),
        ("t", {"out": "t/%s/u.csv"}, "out"),
    ],
)
def test_the_flag_that_names_a_file(file, values, flag):
    assert naming(file, values, ("out", "in")) == flag


def test_a_flag_with_the_very_words_comes_first():
    assert naming("b/../a", {"out": "a", "in": "b/../a"}, ("out", "in")) == "in"
    assert naming("a", {"in": "a"}, ("out",)) == ""


@pytest.mark.parametrize(
    ("file", "out", "beside"),
    [("t/a", "t/b", True), ("t/a", "u/b", False), ("a", "b", True), ("a", "", False), ("a", None, False),
     ("t/u/a", "t/b", False)],
)  # fmt: skip
def test_by_products_are_beside_the_output(file, out, beside):
    assert is_beside(file, out) is beside


@pytest.mark.parametrize(
    ("error", "values", "said"),
    [
        (MediaError("x"), {"in": "a"}, ""),
        (MissingColumnError("x", "s.csv", "vstart", ("filename", "start")), {"dir": "m"},
         '; to add it: python samples_to_vsamples.py -in "s.csv" -dir "m"'),
        (MissingColumnError("x", "s.csv", "start", ("filename",)), {"dir": ""},
         '; to make a table with it: python audio_to_samples.py -in "s.csv" -out SAMPLES'),
        (MissingColumnError("x", "s.csv", "mood", ()), {}, ""),
        (MissingColumnError("x", "s.csv", "filename", ()), {}, "; name the column of the media files so"),
        (NoTableError("x", "a.mp3"), {"in": "b.csv", "meta": "a.mp3"}, ": check -meta"),
        (NoTableError("x", "a.mp3"), {"out": "a.mp3"}, ""),
        (NoTableError("x", "a.mp3"), {"in": "a.mp3"},
         '; to make one: python audio_to_samples.py -in "a.mp3" -features -out "tmp/samples.csv"'),
        (MissingError("x", "s.csv"), {"in": "s.csv"}, ": check -in"),
        (MissingError("x", "tmp/samples.csv"), {"in": "tmp/samples.csv"},
         ": check -in, or make it: python audio_to_samples.py -in MEDIA -features -out tmp/samples.csv"),
        (MissingError("x", "m"), {"in": "m", "dir": "m"}, ": check -in"),
        (FolderError("x", "m"), {"in": "m", "dir": "m"}, ": check -dir"),
        (MissingError("x"), {"in": "m", "dir": "m"}, ": check -dir"),
        (MissingError("x"), {"in": "m"}, ""),
        (MissingError("x", "y"), {"in": "m"}, ""),
        (MissingError("x", "http://a/b"), {"in": "http://a/b"},
         ": check -in (addresses are not read: download the file first)"),
        (MissingError("x", "~/b"), {"in": "~/b"},
         ": check -in (~ is your own folder only outside quotes: write its whole name)"),
        (MissingError("x", "'b'"), {"in": "'b'"},
         ": check -in (its name begins and ends with a quotation mark: give it without these)"),
        (MissingError("x", "'b"), {"in": "'b"}, ": check -in"),
        (MissingError("x", "b'"), {"in": "b'"}, ": check -in"),
        (ColumnsError("x"), {"in": "a"}, ": give -overwrite to make them again"),
        (ColumnsError("x"), {"prop": "a", "prefix": "b"},
         ": give -overwrite to make them again, or another -prop and -prefix"),
    ],
)  # fmt: skip
def test_what_to_change(monkeypatch, error, values, said):
    monkeypatch.setattr(main, "program_name", lambda: "stats_plot.py")
    assert advice(error, values) == said


@pytest.mark.parametrize(
    ("error", "values", "said"),
    [
        (PlaceError("x", "o.csv"), {"out": "o.csv", "overwrite": False}, ": choose another -out"),
        (OccupiedError("x", "o.csv"), {"out": "o.csv"}, ": choose another -out"),
        (OccupiedError("x", "o.csv"), {"out": "o.csv", "overwrite": False},
         ": choose another -out, or give -overwrite to replace it"),
        (OccupiedError("x", "o.png"), {"out": "p", "outframe": "o.png", "overwrite": False},
         ": choose another -outframe, or give -overwrite to replace them"),
        (PlaceError("x", "o.txt"), {"out": "o.csv"}, ": choose another -out"),  # beside it
        (PlaceError("x", "i.csv"), {"in": "i.csv", "out": ""}, ": give another -out"),
        (PlaceError("x", "i.csv"), {"in": "i.csv"}, ""),
        (OccupiedError("x", "i.csv"), {"in": "i.csv", "out": "", "overwrite": False},
         ": give another -out, or give -overwrite to replace it"),
        (NoFolderError("x", "tmp"), {"in": "m/i"}, ": change to a folder that can be written to"),
        (PlaceError("the folder cannot be created", "tmp"), {"in": "m/i"}, ""),
        (NoFolderError("x", "/tmp/y"), {"in": "m/i"}, ""),
        (NoFolderError("x"), {"in": "m/i"}, ""),
        (OccupiedError("the folder cannot be created", "tmp"), {"in": "m/i"}, ""),
    ],
)  # fmt: skip
def test_another_place_for_an_output(error, values, said):
    assert another_place(error, values) == advice(error, values) == said


NOTHING = ": the same command starts from the beginning"


@pytest.mark.parametrize(
    ("keeps", "own", "overwrite", "said"),
    [
        ("all is kept", None, False, "interrupted; all is kept"), ("all", "some", False, "interrupted; some"),
        ("", None, False, "interrupted: the same command starts from the beginning"),
        ("", None, True, "interrupted: the same command starts from the beginning"),
        ("all", None, True, "interrupted: with -overwrite the same command starts from the beginning"),
        ("all", "", True, "interrupted: the same command starts from the beginning"),
    ],
)  # fmt: skip
def test_the_line_about_an_interruption(keeps, own, overwrite, said):
    args = SimpleNamespace(overwrite=overwrite, **({} if own is None else {"keeps": own}))
    assert interrupted(SimpleNamespace(keeps=keeps), args) == said
    assert interrupted(SimpleNamespace(keeps="k"), SimpleNamespace()) == "interrupted; k"
    late = SimpleNamespace(keeps=lambda: own)  # asked only then
    assert interrupted(SimpleNamespace(keeps=keeps), late) == f"interrupted{f'; {own}' if own else NOTHING}"


def test_stdout_by_its_name(here, monkeypatch):
    class Out:
        def __init__(self, path):
            self.file = open(path, "w")  # noqa: SIM115 (closed below)

        def fileno(self):
            return self.file.fileno()

    out = Out(here / "x")
    monkeypatch.setattr(main.sys, "stdout", out)
    assert main._is_stdout(here / "x")
    (here / "y").touch()
    assert not main._is_stdout(here / "y")
    assert not main._is_stdout(here / "nowhere")
    out.file.close()
    out.file = open(os.devnull, "w")  # noqa: SIM115
    assert not main._is_stdout(os.devnull)
    out.file.close()
    assert not main._is_stdout(here / "x")
    monkeypatch.setattr(main.sys, "stdout", None)
    assert not main._is_stdout(here / "x")


def test_signals_end_with_their_status(monkeypatch):
    monkeypatch.setattr(main, "came", [])
    with pytest.raises(SystemExit) as ended:
        main._terminated(signal.SIGTERM, None)
    assert ended.value.code == 143
    with pytest.raises(KeyboardInterrupt):
        main._interrupted(signal.SIGINT, None)
    assert main.came == [signal.SIGTERM, signal.SIGINT]


@pytest.mark.parametrize(("debug", "traces"), [("", False), ("1", True)])
def test_a_bug_is_a_line(monkeypatch, capsys, debug, traces):
    monkeypatch.setenv("MEDIA_TOOLS_DEBUG", debug)
    monkeypatch.setattr(main, "program_name", lambda: "x.py")
    main._report_bug(KeyError("a"))
    said = capsys.readouterr().err
    line = "x.py: unexpected KeyError: 'a' (this is a bug; please report it; with MEDIA_TOOLS_DEBUG=1 it shows where)\n"
    assert said.endswith(line)
    assert (said != line) is traces
    main._report_bug(ModuleNotFoundError("No module named 'nosuch'", name="nosuch"))
    assert "x.py: the package nosuch is not installed here: " in capsys.readouterr().err
    main._report_bug(ModuleNotFoundError("No module named 'lib.nosuch'", name="lib.nosuch"))
    assert "this is a bug" in capsys.readouterr().err
