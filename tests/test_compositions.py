"""Every composition that is there, from its command line: a small film of each, any grid, and its page.

What they share (resuming, caches, excerpts, broken files, ...) is tested with `test_proliferation.py`, and what each
does in `tests/compositions/`.
"""

import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest

from compositions._flags import FILM_ENDINGS, composition_names, ending_of
from lib.composing.frames import Source
from lib.composing.frames import pictures as drawn
from lib.tables.table import read_table, write_table
from lib.video.writer import MUXERS
from tests.support.compositions import DESCRIBED, OWN, PAGE, check_everything, flags_of, kind_of, scripted
from tests.support.grids import grid_table
from tests.support.media_factory import ROOT, encode, ffmpeg, film, tone

SMALL = ("-width", "64", "-height", "48", "-fps", "4", "-pad0", "200", "-pad1", "100", "-mcd", "200", "-quality", "low")
GRIDS = [
    (4, 4, ("4x4", "2x2")),
    (2, 2, ("2x2", "2x2")),
    (5, 3, ("2x2", "5x3")),
    (3, 3, ("3x3", "1x1")),
    (4, 2, ("2x2", "4x2")),
    (8, 4, ("2x2", "8x4")),
    (4, 8, ("4x8", "4x4")),
]
NAMES = composition_names()
FILMS = [name for name in NAMES if ending_of(name) == ".mp4"]
# These are seen as the last view says, all the time.
STAY = ("falling", "poster")


def script(name):
    return importlib.import_module(f"compositions.{name}")


def own_words(name):
    """The flags of a composition's short version, without its views: those are of another grid."""
    words = script(name).EXAMPLE.split()
    pairs = list(zip(words[::2], words[1::2]))
    return [word for pair in pairs if pair[0] not in ("-grid0", "-grid1") for word in pair]


def main(name, *words):
    return script(name).main([*own_words(name), *SMALL, *map(str, words)])


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    for n in range(2):
        seen = film(folder / f"seen {n}.mkv", [(200, 100 * n, 50)] * 15, rate=10)
        heard = encode(folder / f"heard {n}.wav", tone(220 * (n + 1), 1.5))
        target = f"file:{folder}/a %s film {n}.mp4"
        ffmpeg("-i", seen, "-i", heard, "-c:v", "copy", "-c:a", "aac", target)
    return folder


@pytest.fixture
def words(films, workplace):
    """What a run on a 4x4 grid is told."""
    names = [f"a %s film {n % 2}.mp4" for n in range(16)]
    write_table(grid_table(4, 4, start=lambda n: 10 * n).with_columns({"filename": names}), "grid.csv")
    return ("-in", "grid.csv", "-dir", str(films), "-grid", "4x4", "-grid0", "4x4", "-grid1", "4x4")


def pictures(path):
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24", threads=1) for frame in container.decode(video=0)]


def seconds_of_sound(path):
    with av.open(str(path)) as container:
        return sum(frame.samples for frame in container.decode(audio=0)) / container.streams.audio[0].rate


def test_the_nine_are_there():
    nine = {"falling", "flow", "orbits", "poster", "proliferation", "shuffle", "splice", "stretch", "waves"}
    assert nine <= set(NAMES)
    assert nine - set(FILMS) == {"poster"}


def test_the_page_describes_the_nine_and_none_that_is_missing():
    assert len(set(DESCRIBED)) == len(DESCRIBED) >= 9
    assert set(DESCRIBED) <= set(NAMES)


@pytest.mark.slow
@pytest.mark.parametrize("name", FILMS)
def test_a_film_as_long_as_it_says(name, words, workplace, tmp_path, capsys):
    assert main(name, *words, "-probe") == 0
    said = capsys.readouterr().out
    composition, _ = scripted(script(name), [*own_words(name), *SMALL], tmp_path)
    whole = np.ceil((max(composition.end_ms, composition.score.sound_ends.max()) + 100) / 1000)
    assert float(said.split()[0]) == whole
    assert int(said.split("pictures: ")[1].split(",")[0]) == 4 * whole
    assert int(said.split("heard: ")[1]) > 0
    times = [ms for ms, _ in composition.chapters]
    assert times == sorted(times)
    assert all(0 <= ms < composition.end_ms for ms in times)
    seconds = min(whole - 0.5, 2.0)
    excerpt = ("-ss", "0.5", "-sd", str(seconds), "-chapters")
    assert main(name, *words, *excerpt, "-out", "a.mp4", "-outframe", "") == 0
    made = pictures("a.mp4")
    assert (len(made), made[0].shape) == (4 * seconds, (48, 64, 3))
    assert seconds_of_sound("a.mp4") == pytest.approx(seconds, abs=0.03)
    if name not in OWN:  # which may be dark at first, and without parts
        assert max(picture.max() for picture in made) > 50
        assert len(times) >= 2
        assert composition.settings.before_ms <= times[0] < times[-1]
        with av.open("a.mp4") as container:
            assert next(iter(container.chapters()))["start"] == 0
    cues = read_table("a.cues.csv")
    assert set(cues.text("filename")) <= {f"a %s film {n}.mp4" for n in range(2)}
    assert np.all((cues.numbers("time") >= 0) & (cues.numbers("time") < 2000))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_threads_do_not_matter_and_one_picture_alone_is_the_same(name, tmp_path):
    composition, run = scripted(script(name), [*own_words(name), *SMALL, "-debug"], tmp_path)
    boxes = Source((), (), "fill", boxes=True)
    one, two = (list(drawn(composition, run.render, boxes, range(3, 10), threads)) for threads in (1, 2))
    assert len(one) == 7
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    (alone,) = drawn(composition, run.render, boxes, [5], 1)
    assert np.array_equal(alone, one[2])
    assert name in OWN or alone.max() > 20


@pytest.mark.slow
def test_pictures_from_files_and_straight_into_the_film_are_the_same(words, workplace):
    part = ("-vo", "-ss", "0.5", "-sd", "3", "-cache")  # the films are read once
    assert main("waves", *words, *part, "-out", "1.mp4", "-outframe", "f/%s.png") == 0
    assert main("waves", *words, *part, "-out", "2.mp4", "-outframe", "", "-threads", "2") == 0
    one, two = pictures("1.mp4"), pictures("2.mp4")
    assert len(one) == len(two) > 8
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    assert len(list(Path("f").glob("[0-9]*.png"))) == len(one)


@pytest.mark.slow
def test_one_composition_after_the_other_in_one_process(words, workplace):
    # The second must not draw from what the first has opened: both keep their clips' pictures in a folder of one name.
    whole, one = ("-vo", "-out", "a.mp4", "-frange", "1,6"), ("-vo", "-out", "a.mp4", "-frame", "3")
    assert main("waves", *words, *whole, "-outframe", "f/%s.png") == 0
    assert main("shuffle", *words, *one, "-outframe", "other/%s.png") == 0
    assert main("waves", *words, *one, "-outframe", "one/%s.png") == 0
    (alone,) = Path("one").glob("[0-9]*.png")
    assert alone.read_bytes() == (Path("f") / alone.name).read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize(("columns", "rows", "views"), GRIDS, ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_any_grid(name, columns, rows, views, tmp_path):
    composition, run = scripted(script(name), [*own_words(name), "-margin", "0"], tmp_path, columns, rows, views)
    # (The clips of proliferation are dark until they play.)
    darkest = 0.0 if name == "proliferation" else None
    check_everything(composition, [0.0, 0.4, 0.9], [0.0, 1.0], darkest, name in OWN)
    if name in OWN:
        return
    width, height = run.render.width, run.render.height
    begin, end = composition.layout(0.0), composition.layout(composition.end_ms + 1)
    # The first view fills the picture before anything moves, the last one after all has come back.
    first, last = (tuple(int(word) for word in view.split("x")) for view in views)
    if name in STAY:
        first = last
    assert begin.width.max() == pytest.approx(width / first[0])
    assert end.width.max() == pytest.approx(width / last[0])
    assert begin.height.max() == pytest.approx(height / rows * columns / first[0])
    assert end.height.max() == pytest.approx(height / rows * columns / last[0])
    assert (len(composition.score) > 0) == (name != "poster")


@pytest.mark.parametrize("name", NAMES)
def test_its_flags_are_the_parameters_of_its_composition(name):
    flags = set(flags_of(script(name), script(name).parser().parse_args([])))
    asked = set(inspect.signature(kind_of(script(name)).compose).parameters) - {"self"}
    assert flags == asked


@pytest.mark.parametrize("name", DESCRIBED)
def test_its_page_describes_it_and_shows_its_example(name):
    assert f"\n{script(name).parser().example}\n" in PAGE


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_its_help_needs_nothing_but_numpy(name):
    found = "import sys, numpy; before = set(sys.modules)"
    loads = f"import compositions.{name} as c; c.parser().format_help()"
    heavy = "numba scipy polars av PIL matplotlib librosa sklearn requests"
    said = f"print([m for m in {heavy.split()} if m in sys.modules and m not in before])"
    run = subprocess.run([sys.executable, "-c", f"{found}; {loads}; {said}"], cwd=ROOT, capture_output=True, text=True)
    assert run.stdout == "[]\n", run.stderr


def test_endings_are_those_that_films_can_be_written_with():
    assert set(FILM_ENDINGS) == set(MUXERS)


@pytest.mark.slow
def test_a_table_without_the_order_of_the_clips_names_the_column_and_the_command(words, workplace, capsys):
    without = read_table("grid.csv").select(["filename", "start", "dur", "gridX", "gridY"])
    write_table(without, "grid.csv")
    assert main("flow", *words, "-out", "a.mp4") == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "grid.csv: there is no column 'stsne' or 'tsne'" in line
    assert "samples_to_tsne.py -prefix stsne" in line
