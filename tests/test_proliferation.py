"""compositions/proliferation.py from its command line: films read back, and everything that can be wrong."""

import os
import signal
import subprocess
from pathlib import Path

import av
import numpy as np
import pytest

from compositions import proliferation
from compositions._settings import run_settings
from lib.audio.programme import measure
from lib.audio.reader import AudioReader
from lib.composing import frames as rendering
from lib.composing import pipeline
from lib.errors import MediaError
from lib.io.holds import hold_name
from lib.tables.table import write_table
from lib.video.writer import is_padded
from tests.support.grids import grid_table
from tests.support.media_factory import encode, ffmpeg, film, run_script, start_script, tone
from tests.support.scripts import status_of

pytestmark = pytest.mark.slow

SCRIPT = "compositions/proliferation.py"
SMALL = ("-grid", "2x2", "-grid0", "2x2", "-grid1", "2x2", "-width", "64", "-height", "48", "-fps", "5", "-bstep",
         "100",         "-mcd", "300", "-pad1", "500", "-margin", "0", "-kfd", "tsne", "-quality", "low")  # fmt: skip
COLOURS = [(220, 30, 30), (30, 200, 40), (40, 60, 230), (230, 220, 40)]
# pad0 1000, 4 x 100 ms of plays, each at most 300 + 500 ms long, pad1 500: at most 2600 ms, up to a whole second.
FRAMES = 15


def main(*words):
    return proliferation.main([*SMALL, *map(str, words)])


def sound_film(path, colour, seconds=1.0, hz=440):
    """Write a film of one colour with a tone."""
    picture = film(path.with_suffix(".seen.mkv"), [colour] * round(10 * seconds), rate=10)
    heard = encode(path.with_suffix(".wav"), tone(hz, seconds))
    ffmpeg("-i", picture, "-i", heard, "-c:v", "copy", "-c:a", "aac", f"file:{path}")
    return str(path)


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    for n, colour in enumerate(COLOURS):
        sound_film(folder / f"film %s {n}'é.mp4", colour, hz=220 * (n + 1))
    return folder


@pytest.fixture
def table(films, workplace):
    names = [f"film %s {n}'é.mp4" for n in range(4)]
    write_table(grid_table(2, 2, filename="", start=lambda n: 0).with_columns({"filename": names}), "grid.csv")
    return ("-in", "grid.csv", "-dir", str(films))


def frames_of(path):
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24", threads=1) for frame in container.decode(video=0)]


def quarters(picture):
    """Return the colours in the middle of the four quarters, row by row."""
    height, width, _ = picture.shape
    return [picture[y * height // 4, x * width // 4].astype(int).tolist() for y in (1, 3) for x in (1, 3)]


def test_the_colours_of_the_films_are_read_back(table, workplace):
    assert main(*table, "-out", "out/a b.mp4", "-outframe", "f/x %d.%s.png", "-brightr", "1,1") == 0
    pictures = frames_of("out/a b.mp4")
    assert len(pictures) == FRAMES
    assert not pictures[0].any() or pictures[0].max() < 12
    for got, want in zip(quarters(pictures[-1]), COLOURS, strict=True):
        assert np.abs(np.array(got) - want).max() <= 10
    with av.open("out/a b.mp4") as container:
        assert container.streams.video[0].average_rate == 5
        assert container.streams.video[0].codec_context.pix_fmt == "yuv420p"
        seconds = sum(frame.samples for frame in container.decode(audio=0)) / container.streams.audio[0].rate
        assert seconds == pytest.approx(FRAMES / 5, abs=0.03)
    assert sorted(os.listdir("f"))[-FRAMES:] == [f"x %d.{n:02}.png" for n in range(1, FRAMES + 1)]
    assert {p.name for p in Path("out").iterdir() if not p.name.startswith(".")} == {
        "a b.mp4", "a b.mp3", "a b.cues.csv", "a b.srt"
    }  # fmt: skip
    assert not list(Path("tmp").rglob(".scratch*"))


def test_straight_to_the_film_gives_the_same_pictures(table, workplace):
    kept = (*table, "-vo", "-cache")  # the films are read once
    assert main(*kept, "-out", "a.mp4", "-outframe", "f/%s.png") == 0
    assert main(*kept, "-out", "b.mp4", "-outframe", "", "-threads", "2") == 0
    assert np.array_equal(frames_of("a.mp4"), frames_of("b.mp4"))
    assert not Path("a.mp3").exists()


def test_the_sound_is_where_the_clips_play(table, workplace):
    assert main(*table, "-out", "a.mp4", "-ao", "-rvb", "0") == 0
    assert not Path("a.mp4").exists()
    with av.open("a.mp3") as container:
        sound = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
    rate = 48_000
    level = lambda a, b: np.sqrt((sound[:, int(a * rate) : int(b * rate)] ** 2).mean())  # noqa: E731
    assert level(0, 0.95) < 1e-3
    assert level(1.0, 1.5) > 0.02  # four plays of 200 ms, 100 ms apart
    assert level(1.6, 3) < 1e-3


def test_a_second_run_makes_nothing_again(table, workplace, capsys, monkeypatch):
    words = (*table, "-out", "a.mp4", "-outframe", "f/%s.png", "-cache")
    assert main(*words) == 0
    first = {p: p.stat().st_mtime_ns for p in [*Path("f").glob("*.png"), *Path("tmp/cache").rglob("*"), Path("a.mp3")]}
    assert len(first) > FRAMES + 4
    os.remove("f/03.png")
    capsys.readouterr()
    assert main(*words) == 0
    said = capsys.readouterr().out
    assert "a.mp3: already exists" in said
    assert f"{FRAMES - 1} pictures from an earlier run" in said
    second = {p: p.stat().st_mtime_ns for p in first}
    assert {p for p in first if first[p] != second[p]} == {Path("f/03.png")}


def test_two_runs_do_not_render_into_the_same_pictures(table, workplace, capsys):
    words = (*table, "-outframe", "f/%s.png", "-out", "a.mp4", "-vo", "-debug")
    with hold_name("f/%s.png"):
        assert main(*words) == 1
        assert "f/%s.png: another run is writing here: wait until it ends" in capsys.readouterr().err
        assert not list(Path("f").glob("*.png"))
    assert main(*words) == 0
    with hold_name("f/%s.png"):  # a picture of the same settings disturbs nobody
        assert main(*words, "-frame", "2") == 0
        assert main(*words, "-frame", "2", "-overwrite") == 1


@pytest.mark.parametrize("change", [("-rand", "2"), ("-overwrite",), ("-noise", "3"), ("-rmode", "warp")])
def test_other_settings_never_meet_old_pictures(table, workplace, change, capsys):
    words = (*table, "-outframe", "f/%s.png", "-out", "a.mp4", "-vo")
    assert main(*words) == 0
    old = {p: p.stat().st_mtime_ns for p in Path("f").glob("*.png")}
    if change != ("-overwrite",):
        assert main(*words, *change) == 1
        said = capsys.readouterr().err
        assert f"f: holds {FRAMES} pictures (%s.png) that were made with other settings, or from other files" in said
        assert said.endswith(": choose another -outframe, or give -overwrite to replace them\n")
        assert {p: p.stat().st_mtime_ns for p in Path("f").glob("*.png")} == old
    assert main(*words, *change, "-overwrite") == 0
    assert all(p.stat().st_mtime_ns != time for p, time in old.items())


def test_pictures_that_are_not_ours_are_left_alone(table, workplace, capsys):
    Path("f").mkdir()
    Path("f/03.png").write_bytes(b"a holiday")
    words = (*table, "-outframe", "f/%s.png", "-out", "a.mp4", "-vo")
    for more in ((), ("-overwrite",)):
        assert main(*words, *more) == 1
        assert "did not make: choose another -outframe" in capsys.readouterr().err
        assert Path("f/03.png").read_bytes() == b"a holiday"
    Path("f/03.png").unlink()
    assert main(*words) == 0
    assert len(frames_of("a.mp4")) == FRAMES


def test_a_change_of_the_media_is_noticed(table, workplace, films):
    words = (*table, "-outframe", "f/%s.png", "-out", "a.mp4", "-vo", "-cache")
    assert main(*words) == 0
    old = Path("f/01.png").stat().st_mtime_ns
    os.utime(films / "film %s 0'é.mp4")
    assert main(*words) == 1
    assert Path("f/01.png").stat().st_mtime_ns == old
    assert main(*words, "-overwrite") == 0
    assert Path("f/01.png").stat().st_mtime_ns != old


def test_one_picture_alone_is_the_same(table, workplace, capsys):
    words = (*table, "-out", "a.mp4", "-vo", "-noise", "2")
    assert main(*words, "-outframe", "all/%s.png") == 0
    assert main(*words, "-outframe", "one/%s.png", "-frame", "12") == 0
    assert main(*words, "-outframe", "some/%s.png", "-frange", "11,0") == 0
    assert os.listdir("one") != []
    assert Path("one/12.png").read_bytes() == Path("all/12.png").read_bytes()
    made = sorted(p.name for p in Path("some").glob("*.png"))
    assert made == ["11.png", "12.png", "13.png", "14.png", "15.png"]
    assert Path("some/15.png").read_bytes() == Path("all/15.png").read_bytes()


def test_threads_do_not_matter(table, workplace):
    for threads in ("1", "2"):
        words = ("-out", f"{threads}.mp4", "-outframe", f"f{threads}/%s.png", "-threads", threads)
        assert main(*table, *words) == 0
    assert Path("1.mp4").read_bytes() == Path("2.mp4").read_bytes()
    assert Path("1.mp3").read_bytes() == Path("2.mp3").read_bytes()


def test_an_excerpt_has_the_pictures_of_its_time(table, workplace):
    assert main(*table, "-out", "all.mp4", "-outframe", "f/%s.png", "-vo") == 0
    assert main(*table, "-out", "part.mp4", "-outframe", "g/%s.png", "-ss", "1.2", "-sd", "1") == 0
    assert sorted(p.name for p in Path("g").glob("*.png")) == ["07.png", "08.png", "09.png", "10.png", "11.png"]
    assert Path("g/07.png").read_bytes() == Path("f/07.png").read_bytes()
    assert len(frames_of("part.mp4")) == 5
    with av.open("part.mp3") as container:
        assert sum(f.samples for f in container.decode(audio=0)) / 48_000 == pytest.approx(1.0, abs=0.06)


def test_trails_continue_where_they_were(table, workplace):
    words = (*table, "-out", "a.mp4", "-vo", "-fa", "0.5", "-outframe", "f/%s.png")
    assert main(*words) == 0
    want = {n: Path(f"f/{n}.png").read_bytes() for n in ("08", "12", "15")}
    for n in want:
        os.remove(f"f/{n}.png")
    assert main(*words) == 0
    assert {n: Path(f"f/{n}.png").read_bytes() for n in want} == want
    assert main(*words, "-outframe", "g/%s.png", "-frame", "12") == 0
    assert Path("g/12.png").read_bytes() == want["12"]


def test_probe_writes_nothing(table, workplace, capsys):
    assert main(*table, "-probe") == 0
    assert capsys.readouterr().out == "3.000 s (0:00:03), pictures: 15, clips: 4, plays: 4, heard: 4\n"
    assert os.listdir() == ["grid.csv"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-frange", "1,99"), "pictures 1 to 99 are asked for, but the pictures are 1 to 15"),
        (("-frame", "16"), "picture 16 is asked for, but the pictures are 1 to 15"),
        (("-ss", "77"), "the excerpt begins at 77 s, but the composition is only 3 s long"),
        (("-ss", "1", "-sd", "0.01"), "an excerpt of 0.01 s is less than one picture"),
        (("-grid", "4x4"), "fills 4 of the 16 cells"),
        (("-dir", "nowhere"), "nowhere: there is no such folder: check -dir"),
    ],
)
def test_one_clear_line(table, workplace, capsys, words, message):
    usage = words[0] in ("-frange", "-frame", "-ss")  # values that the flags cannot have with this table
    assert status_of(main, *table, "-out", "a.mp4", *words) == (2 if usage else 1)
    errors = capsys.readouterr().err.splitlines()
    assert message in errors[-1]
    assert not Path("a.mp4").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-cluster", "teapot://x:1"), "'teapot://x:1' is not the address of a Dask scheduler"),
        (("-width", "0"), "argument -width"),
        (("-fps", "0"), "argument -fps"),
        (("-rvb", "101"), "argument -rvb"),
        (("-rmode", "zoom"), "argument -rmode"),
        (("-fa", "2"), "argument -fa"),
        (("-quality", "best"), "argument -quality"),
        (("-grid", "4"), "argument -grid"),
        (("-grid", "2by2"), "argument -grid"),
        (("-grid0", "0x2"), "argument -grid0"),
        (("-grid1", "4x4"), "argument -grid1: 4x4 is larger than -grid, 2x2"),
        (("-volr", "loud"), "argument -volr"),
        (("-volr", "0.1"), "argument -volr"),
        (("-volr", "-1,1"), "argument -volr"),
        (("-brightr", "0,2"), "0,2: give numbers from 0 to 1"),
        (("-kfd", " , "), "argument -kfd"),
        (("-frange", "9,3"), "9,3: give the first and the last"),
        (("-frange", "x"), "x: give the first and the last"),
        (("-frange", "1"), "1: give the first and the last"),
        (("-frange", "0,3"), "0,3: give the first and the last"),
        (("-frame", "2", "-outframe", ""), "argument -outframe: -frame and -frange write pictures"),
        (("-outframe", "f/frame.png"), "give a name with one %s in it"),
        (("-outframe", "f/%s.jpg"), "give a name that ends in .png"),
        (("-outframe", "%s/frame.png"), "%s belongs in the name of the file"),
        (("-out", "a.gif"), "argument -out"),
        (("-ao", "-vo"), "-ao and -vo exclude each other"),
        (("-ao", "-frame", "3"), "leave -frame and -frange out"),
        (("-cache", "-ckey", "../x"), "argument -ckey"),
    ],
)
def test_wrong_usage(table, workplace, capsys, words, message):
    with pytest.raises(SystemExit) as ended:
        main(*table, "-out", "a.mp4", *words)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err.splitlines()[-1]
    assert not Path("a.mp4").exists()


@pytest.mark.parametrize(("width", "height"), [(1, 1), (33, 27), (2, 90)])
def test_odd_and_tiny_sizes(table, workplace, capsys, width, height):
    assert main(*table, "-out", "a.mp4", "-outframe", "", "-vo", "-width", width, "-height", height) == 0
    picture = frames_of("a.mp4")[-1]
    assert picture.shape == (height + height % 2, width + width % 2, 3)
    assert ("even sizes: padded" in capsys.readouterr().out) == bool(width % 2 or height % 2)


def test_a_codec_that_takes_any_size_pads_nothing():
    assert not is_padded("ffv1", (161, 91))
    assert [is_padded(codec, (160, 91)) for codec in ("h264", "h264_444", "h264_10", "prores")] == [True] * 4
    assert not is_padded("h264", (160, 90))


def test_films_of_every_kind_and_broken_ones(workplace, capsys):
    red, green = (220, 30, 30), (30, 200, 40)
    film("plain.mp4", [red] * 20)
    film("turned.mp4", [green] * 20, size=(48, 64), turn={"degrees": 90})
    film("wide pixels.mp4", [red] * 20, pixel_shape=(2, 1))
    film("10 bit.mkv", [green] * 20, pixels="yuv420p10le")
    film("odd.avi", [red] * 20, size=(33, 27), codec="mpeg4")
    film("one frame.mp4", [green])
    whole = Path(film("whole.mkv", [red] * 200)).read_bytes()
    Path("truncated.mkv").write_bytes(whole[: len(whole) * 2 // 3])
    encode("heard only.mp3", tone(440))
    Path("empty.mp4").touch()
    names = ["plain.mp4", "turned.mp4", "wide pixels.mp4", "10 bit.mkv", "odd.avi", "one frame.mp4", "truncated.mkv",
             "heard only.mp3", "empty.mp4", "gone.mp4", "plain.mp4", "plain.mp4"]  # fmt: skip
    table = grid_table(4, 3, start=lambda n: 0).with_columns({"filename": names})
    write_table(table, "grid.csv")
    sizes = ("-grid", "4x3", "-grid0", "4x3", "-grid1", "4x3")
    words = ("-in", "grid.csv", "-dir", ".", "-out", "a.mp4", "-outframe", "", "-brightr", "1,1", *sizes)
    assert main(*words) == 0
    picture = frames_of("a.mp4")[-1]
    shown = [picture[8 + 16 * (n // 4), 8 + 16 * (n % 4)].astype(int) for n in range(12)]
    for n, colour in enumerate([red, green, red, green, red, green, red]):
        assert np.abs(shown[n] - colour).max() <= 14, names[n]
    for n in (8, 9):
        assert shown[n].max() <= 12, names[n]
    # What is only heard shows its sound: a tone of 440 Hz, 3 of 7 octaves above 55 Hz, in the colour of its note, red.
    row = 16 + round(16 * 4 / 7)
    cell = picture[16:32, 48:64].astype(int)
    assert cell[row - 16, 8, 0] > 100 > cell[row - 16, 8, 1:].max() + 20
    assert cell[2, 8].max() < 60
    said, errors = capsys.readouterr()
    without = "2 of files that could not be used"
    assert f"cells without a clip: {without}" in said
    assert "empty.mp4: the file is empty (0 bytes)" in errors
    assert "gone.mp4: " in errors
    assert "heard only.mp3" not in errors
    assert "2 files could not be used" in errors
    assert "Traceback" not in errors


def test_a_damaged_or_foreign_cache_is_made_again(table, workplace):
    words = (*table, "-cache", "-cd", "my cache", "-vo", "-out", "a.mp4", "-outframe", "")
    assert main(*words) == 0
    want = Path("a.mp4").read_bytes()
    stored = sorted(Path("my cache/sample/proliferation").glob("*.frames"))
    assert len(stored) == 4
    stored[0].write_bytes(b"")
    stored[1].write_bytes(stored[1].read_bytes()[:-100])
    stored[2].write_bytes(b"MTframes" * 100)
    flipped = stored[3].read_bytes()
    stored[3].write_bytes(bytes([flipped[0] ^ 128]) + flipped[1:])
    Path("my cache/sample/proliferation/sizes.bin").write_bytes(b"no sizes")
    assert main(*words, "-verifyc") == 0
    assert Path("a.mp4").read_bytes() == want
    Path("taken").write_bytes(b"x")
    assert main(*words, "-cd", "taken") == 1


def test_without_room_the_old_film_stays(table, workplace, capsys, monkeypatch):
    assert main(*table, "-out", "a.mp4", "-outframe", "f/%s.png") == 0
    old = Path("a.mp4").read_bytes()

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(rendering.Image.Image, "save", full)
    assert main(*table, "-out", "a.mp4", "-outframe", "f/%s.png", "-overwrite") == 1
    assert "No space left on device" in capsys.readouterr().err
    assert Path("a.mp4").read_bytes() == old
    assert not [name for name in os.listdir("f") if name.endswith(".part.png")]


def test_ctrl_c_keeps_what_is_done(table, workplace, capsys):
    words = ("-out", "a.mp4", "-outframe", "f/%s.png", "-threads", "2", "-fps", "20", "-vo", "-width", "320",
             "-height", "240", "-cache")  # fmt: skip
    # The films are read before: what is stopped is the drawing.
    assert main(*table, *words, "-threads", "1", "-frame", "1", "-outframe", "one/%s.png") == 0
    process = start_script(SCRIPT, *SMALL, *table, *words, folder=workplace)
    while len(list(Path("f").glob("[0-9]*.png"))) < 8:
        try:
            process.wait(0.005)
        except subprocess.TimeoutExpired:
            continue
        raise AssertionError(f"it ended before anything was done: {process.communicate()}")
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "interrupted; finished files are kept: the same command continues" in errors.splitlines()[-1]
    done = {p.name: p.stat().st_mtime_ns for p in Path("f").glob("[0-9]*.png")}
    assert 8 <= len(done) < 60
    assert not list(Path("f").glob(".*part*"))
    assert not Path("a.mp4").exists()
    assert main(*table, *words, "-threads", "1") == 0
    assert f"{len(done)} pictures from an earlier run" in capsys.readouterr().out
    assert {name: (Path("f") / name).stat().st_mtime_ns for name in done} == done
    assert len(frames_of("a.mp4")) == 60


def test_help_is_quick_to_make(workplace):
    assert "-bstep" in run_script(SCRIPT, "-h", folder=workplace).stdout


def test_a_table_of_sounds_alone_makes_a_film(workplace):
    encode("a.wav", tone(440))
    write_table(grid_table(2, 2, filename="a.wav", start=lambda n: 100 * n), "grid.csv")
    assert main("-in", "grid.csv", "-dir", ".", "-out", "a.mp4", "-outframe", "", "-brightr", "1,1") == 0
    cell = frames_of("a.mp4")[-1][:24, :32].astype(int)
    brightest = np.unravel_index(cell.sum(axis=2).argmax(), (24, 32))
    assert abs(brightest[0] - 24 * 4 / 7) <= 2
    assert cell.max() > 150


@pytest.mark.parametrize(
    ("codec", "ending", "pixels", "sound"),
    [
        ("h264", "mp4", "yuv420p", "aac"),
        ("h264_444", "mp4", "yuv444p", "aac"),
        ("h264_10", "mkv", "yuv420p10le", "flac"),
        ("prores", "mov", "yuv422p10le", "pcm_s24le"),
        ("ffv1", "mkv", "bgr0", "flac"),
    ],
)
def test_codecs(table, codec, ending, pixels, sound):
    assert main(*table, "-out", f"a.{ending}", "-outframe", "", "-codec", codec, "-fps", "30000/1001") == 0
    with av.open(f"a.{ending}") as container:
        stream, heard = container.streams.video[0], container.streams.audio[0]
        assert (stream.codec_context.pix_fmt, heard.codec_context.name) == (pixels, sound)
        assert abs(float(stream.average_rate) - 30000 / 1001) < 0.01
        assert sum(1 for _ in container.decode(video=0)) == 90  # 3 s: 89.9 pictures


def test_codecs_that_a_film_cannot_hold(table, capsys):
    for words, said in ((("prores", "a.mp4"), ".mov or .mkv"), (("ffv1", "a.mov"), ".mkv")):
        with pytest.raises(SystemExit) as ended:
            main(*table, "-codec", words[0], "-out", words[1])
        assert ended.value.code == 2
        assert said in capsys.readouterr().err


def test_a_preview_is_a_quarter_of_the_size(table):
    assert main(*table, "-out", "a.mp4", "-preview") == 0
    pictures = frames_of("a.mp4")
    assert pictures[0].shape == (12, 16, 3)
    assert len(pictures) == 3 * 12
    assert not list(Path("tmp").rglob("*.png"))
    assert not Path("a.mp3").exists()
    with AudioReader("a.mp4", 48_000, 2) as reader:
        assert sum(len(block) for block in reader.blocks()) == pytest.approx(3 * 48_000, abs=1024)


def test_a_preview_is_the_same_with_any_threads(table):
    for threads in (1, 2):
        assert main(*table, "-out", f"{threads}.mp4", "-preview", "-threads", threads) == 0
    assert Path("1.mp4").read_bytes() == Path("2.mp4").read_bytes()


@pytest.mark.parametrize("part", ["mix", "pictures"])
def test_a_preview_whose_sound_or_pictures_fail_leaves_nothing(table, capsys, monkeypatch, part):
    """They are made at the same time: the failure of one ends the other."""

    def fails(*words, **more):
        raise MediaError("cannot be made")

    before = sorted(Path().rglob("*"))
    monkeypatch.setattr(pipeline, part, fails)
    assert main(*table, "-out", "a.mp4", "-preview", "-threads", 2) == 1
    assert "cannot be made" in capsys.readouterr().err
    assert [path for path in sorted(Path().rglob("*")) if path not in before and path.suffix] == []


def test_an_offset_by_the_films_before(films):
    sizes = ("-grid", "2x2", "-grid0", "2x2", "-grid1", "2x2")
    offset = lambda word: run_settings(proliferation.parser().parse_args(["-io", word, *sizes])).render.io  # noqa: E731
    # Four films of a second each, which AAC fills up to its frames.
    assert offset(str(films / "film*.mp4")) == pytest.approx(4000, abs=4 * 25)
    assert offset(str(films / "film * 0*.mp4")) == pytest.approx(1000, abs=25)
    assert offset("-500") == -500


def test_the_loudness_of_the_whole(table):
    for lufs in (-30, -20):
        assert main(*table, "-out", "a.mp4", "-ao", "-lufs", lufs, "-overwrite") == 0
        with AudioReader("a.mp3", 48_000, 2) as reader:
            loudness, peak = measure(reader.blocks(), 48_000)
        assert loudness == pytest.approx(lufs, abs=0.3)
        assert peak < 1.0
