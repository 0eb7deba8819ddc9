"""All compositions from their command lines: small films, any grid, and what can be wrong with their own flags.

What they share (resuming, caches, excerpts, broken files, ...) is tested with `test_proliferation.py`.
"""

import importlib
import os
from pathlib import Path

import av
import numpy as np
import pytest

from lib.tables.table import read_table, write_table
from tests.support.grids import grid_table
from tests.support.media_factory import encode, tone

COMMON = (
    "-width",
    "64",
    "-height",
    "48",
    "-fps",
    "4",
    "-pad0",
    "200",
    "-pad1",
    "100",
    "-mcd",
    "200",
    "-quality",
    "low",
)
# Flags that make each of them short.
SHORT = {
    "orbits": ("-beat", "300", "-bdivision", "1", "-roffset", "1"),
    "falling": ("-duration", "2", "-prad", "2", "-dpdur", "0"),
    "shuffle": ("-count", "2", "-beat", "200", "-bps", "1", "-bdivision", "1", "-transition", "300"),
    "waves": ("-steps", "2", "-wd", "300", "-bd", "200"),
    "flow": ("-rot", "2", "-rdur", "400", "-pdur", "300", "-ctp", "5"),
    "stretch": ("-sdur", "400", "-stms", "300", "-step", "100"),
    "splice": ("-crange", "600,900", "-cprange", "300,200"),
}
# (flags, what the one line says) of what they cannot make.
IMPOSSIBLE = {
    "orbits": [(("-volr", "-1,0"), "-volr -1,0: give numbers")],
    "falling": [(("-volr", "x"), "-volr x: give two numbers"), (("-brightr", "0,3"), "-brightr 0,3: give numbers")],
    "shuffle": [(("-volr", "1,2,3"), "-volr 1,2,3: give two numbers")],
    "waves": [(("-volr", "0.3"), "-volr 0.3: give two numbers"), (("-volr", "-1,1"), "-volr -1,1: give numbers")],
    "flow": [
        (("-freq", "2"), "-freq 2: give two numbers"),
        (("-volr", "loud"), "-volr loud: give two numbers"),
        (("-brightr", "0,2"), "-brightr 0,2: give numbers from 0 to 1"),
    ],
    "stretch": [(("-volr", "0.3"), "-volr 0.3: give two numbers"), (("-brightr", "1"), "-brightr 1: give two numbers")],
    "splice": [
        (("-crange", "0,100"), "-crange 0,100: give numbers that are 1 or more"),
        (("-cprange", "100"), "-cprange 100: give two numbers"),
        (("-srange", "0,1"), "-srange 0,1: give numbers"),
        (("-volr", "0.3"), "-volr 0.3: give two numbers"),
    ],
}
# Odd, but they are films.
ODD = {
    "orbits": [("-roffset", "0"), ("-beat", "1"), ("-bdivision", "10"), ("-grid0", "1x1"), ("-volr", "1,0")],
    "falling": [
        ("-gridc", "0"),
        ("-maxcd", "0"),
        ("-waves", "0"),
        ("-prad", "0"),
        ("-prad", "99"),
        ("-volr", "0.8,0.2"),
    ],
    "shuffle": [
        ("-count", "1"),
        ("-mos", "99"),
        ("-bdivision", "5"),
        ("-bps", "3"),
        ("-mdb", "-9999"),
        ("-volr", "1,0"),
    ],
    "waves": [("-steps", "1"), ("-volr", "0.9,0.1"), ("-brightr", "1,0"), ("-scale", "0"), ("-translate", "-1")],
    "flow": [
        ("-rot", "1"),
        ("-ctp", "1"),
        ("-freq", "3,-2"),
        ("-radius", "-1"),
        ("-pdur", "9000"),
        ("-volr", "0.9,0.1"),
    ],
    "stretch": [("-step", "0"), ("-tba", "0"), ("-tba", "1"), ("-stms", "1"), ("-sdur", "1"), ("-volr", "0.9,0.1")],
    "splice": [("-crange", "900,600"), ("-cprange", "1,900"), ("-cdur", "1"), ("-mstep", "9000"), ("-srange", "5,0.1")],
}
# Wrong usage.
REFUSED = {
    "orbits": [("-beat", "0"), ("-roffset", "-1"), ("-bdivision", "x")],
    "falling": [("-duration", "0"), ("-maxcd", "-1"), ("-prad", "-1"), ("-rotate", "inf"), ("-dpdur", "-1")],
    "shuffle": [
        ("-count", "0"),
        ("-beat", "0"),
        ("-bps", "0"),
        ("-bdivision", "11"),
        ("-bdivision", "-1"),
        ("-mos", "0"),
    ],
    "waves": [("-steps", "0"), ("-wd", "0"), ("-bd", "-1"), ("-scale", "-1"), ("-translate", "nan"), ("-steps", "x")],
    "flow": [("-rot", "0"), ("-rdur", "0"), ("-ctp", "0"), ("-pdur", "0"), ("-radius", "inf")],
    "stretch": [("-sdur", "0"), ("-stms", "0"), ("-step", "-1"), ("-tba", "1.5"), ("-tba", "half")],
    "splice": [("-cycles", "0"), ("-cdur", "0"), ("-mstep", "0")],
}
GRIDS = [
    ("4x4", "4x4", "2x2"),
    ("2x2", "2x2", "2x2"),
    ("5x3", "2x2", "5x3"),
    ("3x3", "3x3", "1x1"),
    ("4x2", "2x2", "4x2"),
]
NAMES = sorted(SHORT)


def cases(table):
    return [(name, *case) if isinstance(case[0], tuple) else (name, case) for name in table for case in table[name]]


def main(name, *words):
    return importlib.import_module(f"compositions.{name}").main([*COMMON, *SHORT[name], *map(str, words)])


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    for n in range(2):
        encode(folder / f"a %s film {n}.mp4", tone(220 * (n + 1), 1.5))
    return folder


@pytest.fixture
def words(films, workplace):
    """What a run on a 4x4 grid is told."""
    return table_words(films, "4x4")


def table_words(films, grid, first=None, last=None):
    columns, rows = (int(word) for word in grid.split("x"))
    names = [f"a %s film {n % 2}.mp4" for n in range(columns * rows)]
    write_table(grid_table(columns, rows, start=lambda n: 10 * n).with_columns({"filename": names}), "grid.csv")
    sizes = ("-grid", grid, "-grid0", first or grid, "-grid1", last or grid)
    return ("-in", "grid.csv", "-dir", str(films), *sizes)


def pictures(path):
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def seconds_of_sound(path):
    with av.open(str(path)) as container:
        return sum(frame.samples for frame in container.decode(audio=0)) / container.streams.audio[0].rate


@pytest.mark.parametrize("name", NAMES)
def test_a_film_as_long_as_it_says(name, words, workplace, capsys):
    assert main(name, *words, "-probe") == 0
    said = capsys.readouterr().out
    seconds = float(said.split()[0])
    assert main(name, *words, "-out", "a.mp4", "-outframe", "f/%s.png") == 0
    film = pictures("a.mp4")
    assert (len(film), film[0].shape) == (round(4 * seconds), (48, 64, 3))
    assert max(picture.max() for picture in film) > 50
    assert seconds_of_sound("a.mp4") == pytest.approx(seconds, abs=0.03)
    assert len(list(Path("f").glob("[0-9]*.png"))) == len(film)
    assert int(said.split("heard: ")[1]) > 0


@pytest.mark.parametrize("name", NAMES)
def test_threads_do_not_matter_and_one_picture_alone_is_the_same(name, words, workplace):
    assert main(name, *words, "-vo", "-out", "1.mp4", "-outframe", "f/%s.png") == 0
    assert main(name, *words, "-vo", "-out", "2.mp4", "-outframe", "", "-threads", "2") == 0
    one, two = (pictures("1.mp4"), pictures("2.mp4"))
    assert len(one) == len(two)
    assert all(np.array_equal(a, b) for a, b in zip(one, two))
    assert main(name, *words, "-out", "1.mp4", "-outframe", "one/%s.png", "-frame", "3") == 0
    (alone,) = Path("one").glob("[0-9]*.png")
    assert alone.read_bytes() == (Path("f") / alone.name).read_bytes()


def test_one_piece_after_the_other_in_one_process(words, workplace):
    # The second must not draw from what the first has opened: both keep their clips' pictures in a folder of one name.
    whole, one = ("-vo", "-out", "a.mp4"), ("-vo", "-out", "a.mp4", "-frame", "3")
    assert main("waves", *words, *whole, "-outframe", "f/%s.png") == 0
    assert main("shuffle", *words, *one, "-outframe", "other/%s.png") == 0
    assert main("waves", *words, *one, "-outframe", "one/%s.png") == 0
    (alone,) = Path("one").glob("[0-9]*.png")
    assert alone.read_bytes() == (Path("f") / alone.name).read_bytes()


@pytest.mark.parametrize("grids", GRIDS, ids=" ".join)
@pytest.mark.parametrize("name", NAMES)
def test_any_grid(name, grids, films, workplace):
    words = table_words(films, *grids)
    assert main(name, *words, "-out", "a.mp4", "-outframe", "", "-vo", "-debug") == 0
    assert os.path.getsize("a.mp4") > 0


@pytest.mark.parametrize(("name", "flags"), cases(ODD))
def test_odd_but_a_film(name, flags, words, workplace, capsys):
    assert main(name, *words, "-out", "a.mp4", "-outframe", "", "-debug", *flags) == 0
    assert len(pictures("a.mp4")) > 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("name", "flags", "message"), cases(IMPOSSIBLE))
def test_one_clear_line(name, flags, message, words, workplace, capsys):
    assert main(name, *words, "-out", "a.mp4", *flags) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
    assert not Path("a.mp4").exists()


@pytest.mark.parametrize(("name", "flags"), cases(REFUSED))
def test_wrong_usage(name, flags, words, workplace, capsys):
    with pytest.raises(SystemExit) as ended:
        main(name, *words, *flags)
    assert ended.value.code == 2
    assert f"argument {flags[0]}" in capsys.readouterr().err


def test_a_table_without_the_order_of_the_clips_names_the_column_and_the_command(words, workplace, capsys):
    without = read_table("grid.csv").select(["filename", "start", "dur", "gridX", "gridY"])
    write_table(without, "grid.csv")
    assert main("flow", *words, "-out", "a.mp4") == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "grid.csv: there is no column 'stsne', nor 'tsne'" in line
    assert "samples_to_tsne.py -prefix stsne" in line
