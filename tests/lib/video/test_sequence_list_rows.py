"""The rows of a sequence's table: what each piece is, what its cells may be, and what is said of wrong ones."""

import sys

import pytest

from lib.errors import MediaError, MissingError, NoTableError
from lib.io.stamps import is_fresh
from lib.video import sequence_list as module
from lib.video.sequence_list import CARD_SECONDS, FILM, ROOT, SCRIPT, TEXT, Row, length_of, read_rows, render


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.mp4", "b, c.mp4", "d; e.mkv", "own.py"):
        (tmp_path / name).write_text("")
    (tmp_path / "text.md").write_text("- an item\n\nThe *first* line  \nand its second\n\nmore")
    (tmp_path / "empty.TXT").write_text("")
    return tmp_path


def rows_of(folder, *lines, head="piece,title,seconds,crossfade,flags"):
    (folder / "list.csv").write_text("\n".join([head, *lines]) + "\n")
    return read_rows("list.csv")


def test_a_row_is_a_film_a_text_or_a_composition(folder):
    rows = rows_of(
        folder, "a.mp4,,,,", "text.md,,,,", "", ",title,,,", "empty.TXT, Named ,2.5,,", "orbits,,,250,-a 'b c' -d",
        "own.py,,,0,", ' a.mp4 ,"A, b",3,,',
    )  # fmt: skip
    script = str(ROOT / "compositions" / "orbits.py")
    assert rows == [
        Row("a.mp4", FILM, "a"),
        Row("text.md", TEXT, "The first line and its second"),
        Row("empty.TXT", TEXT, "Named", 2.5),
        Row(script, SCRIPT, "orbits", crossfade_ms=250.0, flags=("-a", "b c", "-d")),
        Row("own.py", SCRIPT, "own", crossfade_ms=0.0),
        Row("a.mp4", FILM, "A, b", 3.0, note="line 9: a.mp4 is shown whole: only titles have seconds"),
    ]
    assert [row.seconds for row in rows] == [CARD_SECONDS, CARD_SECONDS, 2.5, CARD_SECONDS, CARD_SECONDS, 3.0]
    assert CARD_SECONDS == 6
    assert [row.note for row in rows[:5]] == [""] * 5


def test_columns_may_be_left_out(folder):
    assert rows_of(folder, "a.mp4", head="piece") == [Row("a.mp4", FILM, "a")]
    assert rows_of(folder, "7,empty.TXT", head="seconds,piece") == [Row("empty.TXT", TEXT, "empty", 7.0)]


@pytest.mark.parametrize("column", ["seconds", "crossfade"])
@pytest.mark.parametrize(
    ("cell", "is_good"),
    [("1", True), ("0.001", True), ("999999", True), ("1000000", False), ("-1", False), ("nan", False), ("x", False),
     (" ", True), ("1 ", True), ("0", None)],
)  # fmt: skip
def test_numbers_of_a_row(folder, column, cell, is_good):
    line = f"text.md,,{cell},," if column == "seconds" else f"text.md,,,{cell},"
    good = column == "crossfade" if is_good is None else is_good  # no crossfade is one of 0 ms
    if good:
        (row,) = rows_of(folder, line)
        number = float(cell) if cell.strip() else None
        expected = (number, None) if column == "seconds" else (None, number)
        assert (row.seconds, row.crossfade_ms) == (expected[0] or CARD_SECONDS, expected[1])
        return
    with pytest.raises(MediaError) as caught:
        rows_of(folder, line)
    assert caught.value.reason.startswith(f"line 2: {column} is {cell!r}: give a number above 0")
    assert ("missing its quotes" in caught.value.reason) == (cell == "x")
    assert caught.value.file == "list.csv"


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([], "lists no pieces"),
        (["", ",,1,,"], "lists no pieces"),
        (["a.mp4,,,,-x"], "line 2: a.mp4 takes no flags: only compositions do"),
        (["text.md,,,,-x"], "line 2: text.md takes no flags"),
        (["a.mp4,,,,", "orbits,,,,'-x"], "line 3: flags cannot be read"),
        (["gone.mp4,,,,"], "there is no such file (line 2)"),
        (["Orbits,,,,"], "there is no such file (line 2)"),
        (["b, c.mp4,,,"], "is not in quotes in line 2"),
        (["d; e.mkv,,,,"], None),
    ],
)
def test_what_is_wrong_with_a_list(folder, lines, reason):
    if reason is None:
        assert rows_of(folder, *lines) == [Row("d; e.mkv", FILM, "d; e")]
        return
    with pytest.raises(MediaError) as caught:
        rows_of(folder, *lines)
    assert reason in caught.value.reason
    assert isinstance(caught.value, MissingError) == ("no such file" in reason)


def test_a_name_with_separators_without_quotes(folder):
    for piece, following, name in (("d", [" e.mkv"], "d; e.mkv"), ("b", [" c.mp4", "more"], "b, c.mp4")):
        with pytest.raises(MediaError) as caught:
            module._file(piece, "line 5", following)
        assert (caught.value.file, caught.value.reason) == (name, f'is not in quotes in line 5: write "{name}"')
    (folder / "f,g,h.mp4").write_text("")
    with pytest.raises(MediaError, match="not in quotes"):
        module._file("f", "line 1", ["g", "h.mp4"])
    with pytest.raises(MissingError):
        module._file("f", "line 1", ["g"])


def test_a_file_here_goes_before_the_project_s_own(folder):
    (folder / "orbits").write_text("")
    assert module._file("orbits", "", []) == ("orbits", FILM)
    # Scripts and texts are found in the project, films are not.
    name = "compositions/orbits.py"
    assert module._file(name, "", []) == (str(ROOT / name), SCRIPT)
    assert module._file("README.md", "", []) == (str(ROOT / "README.md"), TEXT)
    with pytest.raises(MissingError):
        module._file("requirements.toml", "", [])


def test_what_is_no_table(folder):
    (folder / "list.mp4").write_bytes(b"\0\1\2")
    with pytest.raises(NoTableError, match="A sequence is a table"):
        read_rows("list.mp4")
    with pytest.raises(MediaError, match="piece"):
        rows_of(folder, "a.mp4", head="film")


def script(folder, body):
    (folder / "it.py").write_text(body)
    return Row("it.py", SCRIPT, "it", flags=("-own", "1"))


def test_the_length_that_a_script_prints(folder, monkeypatch):
    asked = []

    def run(printed):
        monkeypatch.setattr(module, "_run", lambda row, words: asked.append(words) or printed)
        return length_of(Row("it.py", SCRIPT, "it"), ["-probe"])

    assert run("12.5 s (0:12)\n") == 12.5
    assert run("clips: 9\n300 s (5:00), frames: 7\nmore") == 300
    assert asked == [["-probe"]] * 2
    for printed in ("", "about 12.5 s (0:12)", "12.5 s", "x12 s (0:12)"):
        with pytest.raises(MediaError, match="does not say how long") as caught:
            run(printed)
        assert caught.value.file == "it.py"


@pytest.mark.parametrize(("status", "fails"), [(0, False), (1, True), (3, True)])
def test_a_script_is_run_with_its_flags(folder, monkeypatch, status, fails):
    asked = []

    class Done:
        returncode, stdout = status, "printed"

    monkeypatch.setattr(module.subprocess, "run", lambda command, **words: asked.append((command, words)) or Done)
    row = script(folder, "")
    if fails:
        with pytest.raises(MediaError, match=f"ended with status {status}"):
            module._run(row, ["-more"])
    else:
        assert module._run(row, ["-more"]) == "printed"
    ((command, words),) = asked
    assert command == [sys.executable, "it.py", "-own", "1", "-more"]
    assert words["check"] is False
    assert words["encoding"] == "utf-8"


def test_a_composition_is_rendered_again_if_something_has_changed(folder, monkeypatch):
    runs = []

    def run(row, words):
        runs.append(list(words))
        (folder / "film.mkv").write_text("film")
        return ""

    monkeypatch.setattr(module, "_run", run)
    (folder / "table.csv").write_text("1")
    row = Row("own.py", SCRIPT, "own", flags=("-t", "table.csv"))
    assert render(row, ["-out", "film.mkv"], "film.mkv")
    assert not render(row, ["-out", "film.mkv"], "film.mkv")
    assert len(runs) == 1
    assert render(row, ["-out", "film.mkv"], "film.mkv", overwrite=True)
    assert render(row, ["-out", "film.mkv", "-more"], "film.mkv")
    (folder / "table.csv").write_text("12")
    assert render(row, ["-out", "film.mkv", "-more"], "film.mkv")
    (folder / "own.py").write_text("# changed")
    assert render(row, ["-out", "film.mkv", "-more"], "film.mkv")
    assert not render(row, ["-out", "film.mkv", "-more"], "film.mkv")
    assert render(Row("own.py", SCRIPT, "own", flags=("-t", "x")), ["-out", "film.mkv", "-more"], "film.mkv")
    assert len(runs) == 6
    assert not is_fresh("film.mkv", "other")
