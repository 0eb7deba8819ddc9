import json
import os
from pathlib import Path

import numpy as np
import pytest

from lib.errors import MediaError, WriteError
from lib.explorer import building, material
from lib.explorer.building import build, segments_of, total_seconds, unheard
from lib.explorer.group import state_of
from lib.explorer.layouts import Placing
from lib.explorer.loops import LoopSize
from lib.explorer.material import HEARD, NOTHING, PICTURED, Segment
from lib.explorer.page import table_script, write_page
from lib.explorer.shares import Settings
from lib.io.owners import MARK
from lib.tables.table import Table
from tests.support.explorer_page import one_colour
from tests.support.media_factory import FORMATS, encode, tone, write_wav

GRID = Placing("gridX", "gridY", True)
# So small a page that 300 samples have no room for loops.
SETTINGS = Settings(48, 60, 32, 2000, 0.5)
WITH_LOOPS = Settings(48, 60, 32, 2000, 1.0)


@pytest.fixture
def media(tmp_path):
    """A recording, and a film with another tone."""
    folder = tmp_path / "media"
    write_wav(folder / "low.wav", tone(220, 2.0, 44100))
    encode(folder / "film.mp4", tone(880, 2.0, 44100), options=FORMATS["mp4"])
    return folder


@pytest.fixture
def quick(monkeypatch):
    """Spectrograms take most of the time, where they are not looked at."""
    monkeypatch.setattr(material, "spectrogram", one_colour)


def table(rows=300, names=("low.wav", "film.mp4")):
    """More than one group of samples of 20 ms, of the files in turns, on a grid 20 wide."""
    return Table.of(
        {
            "filename": [names[n % len(names)] for n in range(rows)],
            "start": [str(5 * n) for n in range(rows)],
            "dur": ["20"] * rows,
            "gridX": [str(n % 20) for n in range(rows)],
            "gridY": [str(n // 20) for n in range(rows)],
        }
    )


def built(samples, media, out, settings=SETTINGS, threads=1, overwrite=False):
    return build(samples, str(media), str(out), GRID, settings, threads, overwrite)


def states(out):
    return {p.name: (p.stat().st_mtime_ns, p.read_bytes()) for p in sorted((out / "data").iterdir())}


@pytest.mark.slow
def test_every_row_is_in_its_place(quick, media, tmp_path):
    samples = table()
    found = built(samples, media, tmp_path / "out", WITH_LOOPS)
    assert found.loop == LoopSize(96, 72, 1500)  # (1 MB - 0.25 - 0.25 of pictures - 0.06 of sound) / 150 / 1.1: 2.7 kB
    assert sorted(found.order) == list(range(300))
    assert found.shown == [HEARD if row % 2 == 0 else PICTURED for row in found.order]
    assert found.length == [960] * 300
    assert found.at[:3] == [4800, 4800 + 1920, 4800 + 2 * 1920]
    assert found.at[16] == found.at[256] == 4800  # each sixteen have a track of their own
    assert found.track == [n % 256 // 16 for n in range(300)]
    # Sines of half of full scale; the film's is compressed.
    assert found.level == pytest.approx([-9.0] * 300, abs=0.7)
    assert total_seconds(found) == pytest.approx(6.0)
    assert unheard(found, samples) == ""
    expected = [f"{kind}_000{n}.webp" for kind in ("pictures", "small") for n in (0, 1)]
    expected += [f"{kind}_000{n // 16}_{n % 16:02d}.js" for kind in ("sound", "loops") for n in range(19)]
    assert sorted(os.listdir(tmp_path / "out/data")) == sorted([MARK, *expected])
    assert not (tmp_path / "out/.parts/films").exists()


@pytest.mark.slow
def test_nothing_is_made_again_that_is_there(quick, media, tmp_path):
    samples, out = table(), tmp_path / "out"
    first = built(samples, media, out)
    before = states(out)
    again = built(samples, media, out)
    assert again.reused == 2
    assert states(out) == before
    assert (again.order, again.shown, again.at, again.length) == (first.order, first.shown, first.at, first.length)


@pytest.mark.slow
def test_what_has_changed_is_made_again(quick, media, tmp_path):
    samples, out = table(), tmp_path / "out"
    built(samples, media, out)
    before = states(out)
    # One row of the second group is heard elsewhere now.
    starts = samples.text("start")
    row = built(samples, media, out).order[280]
    starts[row] = "1"
    assert built(samples.with_columns({"start": starts}), media, out).reused == 1
    after = states(out)
    assert after["sound_0000_00.js"] == before["sound_0000_00.js"]
    assert after["sound_0001_01.js"][1] != before["sound_0001_01.js"][1]
    # A file of the page that was touched, or removed; other settings; another film; a new start.
    (out / "data/small_0000.webp").write_bytes(b"")
    (out / "data/sound_0001_02.js").unlink()
    assert built(samples, media, out).reused == 0
    assert {n: b for n, (_, b) in states(out).items()} == {n: b for n, (_, b) in before.items()}
    assert built(samples, media, out, Settings(48, 61, 32, 2000, 0.5)).reused == 0
    os.utime(media / "low.wav", (1, 1))
    assert built(samples, media, out).reused == 0
    assert built(samples, media, out).reused == 2
    assert built(samples, media, out, overwrite=True).reused == 0


def test_what_may_pass_is_tried_again(quick, media, tmp_path, monkeypatch):
    """A full disk ends the run; too little memory costs the file its samples, until the next run."""
    out, gather = tmp_path / "out", building.gather
    samples = table(2, ("low.wav",))
    for error in (WriteError("cannot be written (No space left on device)", "x.sound"), MemoryError()):

        def fail(job, error=error):
            if job.filename == "low.wav":
                raise error
            return gather(job)

        monkeypatch.setattr(building, "gather", fail)
        if isinstance(error, WriteError):
            with pytest.raises(WriteError, match="No space left"):
                built(samples, media, out)
        else:
            assert built(samples, media, out).bad == [("low.wav", "not enough memory for this file")]
    monkeypatch.setattr(building, "gather", gather)
    again = built(samples, media, out)
    assert (again.bad, again.reused) == ([], 0)
    assert built(samples, media, out).reused == 1


def test_two_runs_do_not_build_one_page(media, tmp_path):
    out = str(tmp_path / "out")
    with building.hold_page(out), pytest.raises(MediaError, match="another run is writing here"):
        building.hold_page(out).__enter__()


@pytest.mark.slow
def test_an_interrupted_run_continues_where_it_was(quick, media, tmp_path, monkeypatch):
    samples, out = table(), tmp_path / "out"
    whole = built(samples, media, tmp_path / "whole")
    write, done = building.write_group, []

    def write_one(job):
        if done:
            raise KeyboardInterrupt
        done.append(job.number)
        write(job)

    monkeypatch.setattr(building, "write_group", write_one)
    with pytest.raises(KeyboardInterrupt):
        built(samples, media, out)
    monkeypatch.setattr(building, "write_group", write)
    # What the films gave is there: they are not read again.
    monkeypatch.setattr(building, "gather", lambda job: pytest.fail(f"{job.filename} is read again"))
    found = built(samples, media, out)
    assert found.reused == 1
    assert found.bad == []
    assert (found.at, found.length) == (whole.at, whole.length)
    assert {n: b for n, (_, b) in states(out).items()} == {n: b for n, (_, b) in states(tmp_path / "whole").items()}


@pytest.mark.slow
def test_the_same_bytes_whatever_the_threads(media, tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    # Two groups, of both files, with few spectrograms.
    samples = table(257, ("low.wav", *["film.mp4"] * 15))
    built(samples, media, one)
    built(samples, media, two, threads=2)
    assert {n: b for n, (_, b) in states(one).items()} == {n: b for n, (_, b) in states(two).items()}


def test_a_bad_file_costs_its_own_samples(media, tmp_path):
    (media / "text.mp4").write_text("no film")
    samples = table(6, ("low.wav", "text.mp4", "missing.mp4"))
    for _ in range(2):  # the second time from what is kept
        found = built(samples, media, tmp_path / "out")
        assert [name for name, _ in found.bad] == ["missing.mp4", "text.mp4"]
        assert "no such file" in found.bad[0][1]
        assert sorted(found.shown) == [NOTHING] * 4 + [HEARD] * 2
        assert [bool(length) for length in found.length] == [shown == HEARD for shown in found.shown]
    assert found.reused == 1


def test_rows_that_nobody_can_mean(media, tmp_path):
    for cells, reason in [
        ({"start": ["-1"]}, "start is -1"),
        ({"dur": ["x"]}, "dur is 'x'"),
        ({"filename": ["../a"]}, "outside the media folder"),
    ]:
        with pytest.raises(MediaError, match=reason):
            built(table(1).with_columns(cells), media, tmp_path / "out")


def test_pictures_are_of_vstart_where_there_is_one():
    samples = table(3).with_columns({"vstart": ["700", "", "-5"], "dur": ["20", "5000", "20"]})
    found = segments_of(samples, 2000)
    assert found["low.wav"] == {0: Segment(0, 20, 700, 20), 2: Segment(10, 20, 0, 20)}
    assert found["film.mp4"] == {1: Segment(5, 2000, 5, 2000)}
    found = segments_of(samples.with_columns({"vdur": ["900", "", "-1"]}), 2000)
    assert found["low.wav"] == {0: Segment(0, 20, 700, 900), 2: Segment(10, 20, 0, 0)}
    assert found["film.mp4"] == {1: Segment(5, 2000, 5, 2000)}


def content(script):
    """What a table's script hands over."""
    text = script.decode("ascii")
    assert text.startswith("explorerTable(")
    assert text.endswith(");\n")
    return json.loads(text[len("explorerTable(") : -3])


def cells(column):
    return column.get("all") or [column["values"][n] for n in column["index"]]


def test_the_table_goes_to_the_page_as_it_is(media, tmp_path):
    strange = ["</script><img src=x onerror=alert(1)>.wav", 'a,b"c\n.wav', "  0012.50 ", "\u2028é🎻"]
    samples = table(4, ("low.wav",)).with_columns({"title": strange})
    found = built(samples, media, tmp_path / "out")
    script = table_script(samples, "<b>", [GRID], found, (48, 36))
    assert b"<" not in script
    about = content(script)
    assert about["columns"] == samples.columns
    assert {name: cells(c) for name, c in zip(about["columns"], about["cells"], strict=True)} == {
        name: samples.text(name) for name in samples.columns
    }
    assert about["title"] == "<b>"
    assert about["ways"] == [{"x": "gridX", "y": "gridY", "grid": True}]
    assert (about["order"], about["cell"], about["rate"]) == (found.order, [48, 36], 48_000)


@pytest.mark.slow
def test_a_smaller_table_leaves_nothing_of_a_larger_one(quick, media, tmp_path):
    out = tmp_path / "out"
    for rows in (20, 300, 20):
        samples = table(rows)
        size = write_page(str(out), samples, "t", [GRID], built(samples, media, out), (48, 36))
    names = {p.name for p in (out / "data").iterdir()}
    assert names == {
        MARK, "pictures_0000.webp", "small_0000.webp", "sound_0000_00.js", "sound_0000_01.js", "loops_0000_00.js",
        "loops_0000_01.js", "table.js",
    }  # fmt: skip
    visible = [p for p in out.rglob("*") if p.is_file() and ".parts" not in p.parts and p.name != MARK]
    assert size == sum(p.stat().st_size for p in visible)
    assert np.all([not Path(name).name.startswith(".") for name in visible])


@pytest.mark.slow
def test_what_an_earlier_version_has_made_is_removed(quick, media, tmp_path):
    """It had one track a group, and listed states without names. A file that somebody has changed stays."""
    out = tmp_path / "out"
    samples = table(20)
    for mine in (False, True):
        write_page(str(out), samples, "t", [GRID], built(samples, media, out), (48, 36))
        about = out / ".parts/group_0000.json"
        told = json.loads(about.read_text())
        (out / "data/sound_0000.js").write_text("old")
        names = ["pictures_0000.webp", "small_0000.webp", "sound_0000.js"]
        told["files"] = [state_of(str(out / "data" / name)) for name in names]
        about.write_text(json.dumps(told))
        if mine:
            (out / "data/sound_0000.js").write_text("changed by somebody")
        write_page(str(out), samples, "t", [GRID], built(samples, media, out, overwrite=True), (48, 36))
        assert (out / "data/sound_0000.js").exists() == mine
