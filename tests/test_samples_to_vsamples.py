"""The stage from its command line: columns, films without pictures, bad files, interruptions."""

import csv
import io
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

import samples_to_vsamples
from lib.video import vsamples
from tests.support.media_factory import encode, ffmpeg, film, run_script, start_script, tone
from tests.support.scripts import status_of

# Cells that must come out as they went in.
NOTES = ["007", "1e5", "  x ", "two\nlines", 'a "quote"', "", "-0.0", "nan"]
# One colour up to 2000 ms, another up to 4000 ms.
HALVES = [(40, 40, 40)] * 50 + [(200, 60, 10)] * 50


def write_samples(path, samples, **columns):
    """Write a table of (filename, start, dur) and other columns."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["filename", "start", "dur", *columns])
        writer.writerows([*row, *cells] for row, *cells in zip(samples, *columns.values()))


def rows(path="s.csv"):
    return list(csv.DictReader(io.StringIO(Path(path).read_bytes().decode(), newline="")))


def segments(path="s.csv", names=("vstart", "vdur")):
    return [tuple(row[name] for name in names) for row in rows(path)]


def run(*words):
    return samples_to_vsamples.main(["-in", "s.csv", "-dir", "media", "-vdur", "0", *words])


def left():
    """What is in the folder, but for the note of the settings that columns were made with."""
    return sorted(name for name in os.listdir() if not name.endswith(".columns"))


def error(capsys):
    """The one line on stderr."""
    err = capsys.readouterr().err
    assert err.count("\n") == 1, err
    return err


# Of one film: long before the cut, 300 ms before it, 100 ms before it, behind it, near the end (it begins earlier).
STARTS = [0, 1700, 1900, 2100, 3900]
WANTED = [("0", "1200"), ("1700", "299"), ("2000", "1300"), ("2100", "1400"), ("3744", "256")]
DURS = [400, 400, 700, 700, 400]


@pytest.fixture
def folder(workplace):
    """Two films, and a table of samples."""
    (workplace / "media/disc 1").mkdir(parents=True)
    film(workplace / "media/a.mp4", HALVES)
    film(workplace / "media/disc 1/it's 100%s.mkv", HALVES[25:75])
    samples = [("a.mp4", start, dur) for start, dur in zip(STARTS, DURS)]
    samples[3:3] = [("disc 1/it's 100%s.mkv", 600, 400), ("disc 1/it's 100%s.mkv", 950, 80)]
    write_samples("s.csv", samples, note=NOTES[:7])
    return workplace


def test_the_columns_are_added_in_place_and_the_rest_is_as_it_was(folder, capsys):
    before = rows()
    assert run() == 0
    after = rows()
    assert list(after[0]) == ["filename", "start", "dur", "note", "vstart", "vdur"]
    assert [{k: v for k, v in row.items() if k not in ("vstart", "vdur")} for row in after] == before
    # From 950 fifteen times 80 ms are looked at, to 2150, beyond this film's end at 2000.
    assert segments() == [*WANTED[:3], ("600", "399"), ("1000", "1000"), *WANTED[3:]]
    said = capsys.readouterr()
    assert said.out == "7 segments of film -> s.csv: vstart, vdur\n"
    assert said.err == ""
    assert left() == ["media", "s.csv"]


def test_names_of_the_columns_and_of_the_table(folder):
    before = Path("s.csv").read_bytes()
    assert run("-sname", "from", "-dname", "long", "-out", "new/v.csv") == 0
    assert Path("s.csv").read_bytes() == before
    assert segments("new/v.csv", ("from", "long"))[:3] == WANTED[:3]
    # A second run adds its columns to the same table.
    assert run("-mdur", "301", "-out", "new/v.csv") == 0
    assert list(rows("new/v.csv")[0]) == ["filename", "start", "dur", "note", "from", "long", "vstart", "vdur"]
    # From 1700 the cut comes too early now, and the next scene's segment goes to the window's end.
    assert segments("new/v.csv")[1] == ("2000", "900")


@pytest.mark.slow
def test_flags_change_what_is_examined(folder):
    assert run("-tdur", "100") == 0
    assert segments()[0] == ("0", "400")
    assert run("-overwrite", "-tdur", "2400", "-mdur", "5000") == 0
    assert segments()[0] == ("0", "1999")
    assert run("-overwrite", "-vdur", "400") == 0
    assert 1200 < int(segments()[0][1]) <= 1600
    # Ten looks have nine changes, of which none can stand out.
    mean = ("-overwrite", "-detector", "mean")
    assert run(*mean, "-fps", "7", "-width", "1", "-height", "1") == 0
    assert segments()[1] == ("1700", "1200")
    assert run(*mean) == 0
    assert segments()[-1] == ("3900", "100")  # as it was: a segment may be as short as that


def test_rows_that_have_pieces_keep_them_unless_overwritten(folder, capsys):
    assert run() == 0
    whole = Path("s.csv").read_bytes()
    state = os.stat("s.csv").st_mtime_ns
    assert run("-mdur", "5000") == 1
    assert "made with other settings (mdur 256, not 5000)" in capsys.readouterr().err
    assert run() == 0
    assert "all 7 rows already have vstart and vdur" in capsys.readouterr().out
    assert (Path("s.csv").read_bytes(), os.stat("s.csv").st_mtime_ns) == (whole, state)
    # Rows that lack one of the two are done.
    Path("s.csv").write_bytes(whole.replace(b",0,1200\n", b",,1200\n").replace(b",2000,1300\n", b",8,9\n"))
    assert run() == 0
    assert segments()[:3] == [WANTED[0], WANTED[1], ("8", "9")]
    assert "1 segment of film, 6 samples already done" in capsys.readouterr().out
    assert run("-overwrite") == 0
    assert Path("s.csv").read_bytes() == whole


@pytest.mark.slow
def test_neither_threads_nor_the_order_of_rows_matter(folder):
    many = [("a.mp4", start, 300) for start in range(0, 3500, 90)]
    many += [("disc 1/it's 100%s.mkv", start, 200) for start in range(0, 1900, 110)]
    found = []
    for samples, threads in ((many, "1"), (many, "2"), (many[::-1], "1"), (many[7:], "1")):
        write_samples("t.csv", samples)
        words = ["-in", "t.csv", "-dir", "media", "-threads", threads]
        assert samples_to_vsamples.main(words) == 0
        found.append({(row["filename"], row["start"]): (row["vstart"], row["vdur"]) for row in rows("t.csv")})
    assert found[0] == found[1] == found[2]
    assert found[3].items() <= found[0].items()
    assert len({dur for _, dur in found[0].values()}) > 20  # by chance some look further


def test_what_has_no_picture_keeps_its_start_and_length(folder, capsys):
    encode(folder / "media/song.wav", tone(440, 2.0), 44100)
    write_samples("s.csv", [("song.wav", "0100", "1e2"), ("a.mp4", 0, 400), ("song.wav", 300, " 7 ")])
    assert run("-strict") == 0
    assert segments() == [("0100", "1e2"), WANTED[0], ("300", " 7 ")]
    said = capsys.readouterr()
    assert said.out == "1 segment of film, 2 samples without a picture -> s.csv: vstart, vdur\n"
    assert said.err == ""


def test_samples_after_the_end_are_reported(folder, capsys):
    write_samples("s.csv", [("a.mp4", 5000, 100), ("a.mp4", 3999, 100)])
    assert run() == 0
    assert segments() == [("5000", "0"), ("3744", "256")]
    assert "1 that begin after the end of their file (the first: a.mp4 at 5000 ms)" in capsys.readouterr().out


@pytest.mark.slow
def test_bad_files_cost_only_their_rows(folder, capsys):
    (folder / "media/bad.mp4").write_text("no film")
    with open("media/a.mp4", "rb") as file:
        Path("media/cut.mp4").write_bytes(file.read()[:700])
    samples = [("bad.mp4", 0, 100), ("a.mp4", 0, 400), ("gone.mp4", 0, 100), ("cut.mp4", 5, 6), ("a.mp4", 1700, 400)]
    write_samples("s.csv", samples)
    assert run() == 0
    none = ("", "")
    assert segments() == [none, WANTED[0], none, none, WANTED[1]]
    said = capsys.readouterr()
    assert "2 segments of film, 3 samples of files that could not be used" in said.out
    lines = said.err.splitlines()
    assert lines[0].endswith("3 files could not be used:")
    assert [line.split(":")[0].strip() for line in lines[1:]] == ["bad.mp4", "cut.mp4", "gone.mp4"]
    # The next run does what is missing; with -strict what is bad counts.
    film(folder / "media/gone.mp4", HALVES)
    assert run("-strict") == 1
    assert segments() == [none, WANTED[0], ("0", "1200"), none, WANTED[1]]


def test_a_stopped_run_continues_where_it_was(folder, monkeypatch):
    done = []
    real = vsamples.scene_segments

    def stopped(job):
        if done:
            raise KeyboardInterrupt
        done.append(job.filename)
        return real(job)

    before = Path("s.csv").read_bytes()
    monkeypatch.setattr(vsamples, "scene_segments", stopped)
    assert run() == 130
    assert Path("s.csv").read_bytes() == before
    assert done == ["a.mp4"]

    def rest(job):
        done.append(job.filename)
        return real(job)

    monkeypatch.setattr(vsamples, "scene_segments", rest)
    assert run() == 0
    assert done == ["a.mp4", "disc 1/it's 100%s.mkv"]
    assert segments()[:3] == WANTED[:3]
    assert left() == ["media", "s.csv"]


def after_the_first_film(monkeypatch, *words):
    """A run that is stopped once it has done a.mp4."""
    real = vsamples.scene_segments

    def one(job):
        if job.filename != "a.mp4":
            raise KeyboardInterrupt
        return real(job)

    with monkeypatch.context() as patch:
        patch.setattr(vsamples, "scene_segments", one)
        assert run(*words) == 130
    (part,) = Path(".s.csv.parts").glob("*.csv")
    return part


def test_a_stopped_run_of_other_settings_is_not_taken(folder, monkeypatch):
    after_the_first_film(monkeypatch, "-mdur", "5000")
    assert run() == 0
    assert segments()[:3] == WANTED[:3]


@pytest.mark.slow
def test_a_stopped_run_on_another_film_is_not_taken(folder, monkeypatch):
    after_the_first_film(monkeypatch)
    film(folder / "media/a.mp4", HALVES[10:])  # its cut is at 1600 ms
    assert run() == 0
    assert segments()[1] == ("1700", "1200")


@pytest.mark.slow
@pytest.mark.parametrize(
    "damage", [lambda data: data[: data.rindex(b"\n", 0, -1) + 1], lambda data: b"a,b\n", lambda data: b""]
)
def test_a_damaged_part_is_made_again(folder, monkeypatch, damage):
    part = after_the_first_film(monkeypatch)
    part.write_bytes(damage(part.read_bytes()))
    assert run() == 0
    assert segments()[:3] == WANTED[:3]


@pytest.fixture(scope="module")
def long_film(tmp_path_factory):
    """Ten seconds of film, six times."""
    folder = tmp_path_factory.mktemp("long")
    once = film(folder / "once.mp4", [(n, 0, 0) for n in range(250)], size=(320, 240))
    ffmpeg("-stream_loop", "5", "-i", once, "-c", "copy", f"file:{folder / 'long.mp4'}")
    return folder / "long.mp4"


@pytest.mark.slow
@pytest.mark.parametrize(("threads", "how"), [("1", signal.SIGINT), ("2", signal.SIGINT), ("1", signal.SIGKILL)])
def test_an_interrupted_run_leaves_the_table_and_continues_from_there(folder, long_film, capsys, threads, how):
    os.link(long_film, folder / "media/long.mp4")
    write_samples("s.csv", [("a.mp4", 0, 400)] + [("long.mp4", start, 900) for start in range(0, 55_000, 500)])
    before = Path("s.csv").read_bytes()
    words = ("-in", "s.csv", "-dir", "media", "-threads", threads, "-vdur", "0")
    running = start_script("samples_to_vsamples.py", *words, folder=folder)
    while not list(folder.glob(".s.csv.parts/[0-9a-f]*.csv")):
        try:
            running.wait(0.01)
        except subprocess.TimeoutExpired:
            continue
        pytest.fail(running.stderr.read())
    os.killpg(running.pid, how)
    _, complaint = running.communicate(timeout=60)
    assert running.returncode == (130 if how == signal.SIGINT else -how)
    if how == signal.SIGINT:
        assert complaint.count("\n") == 1
        assert "interrupted; finished files are kept" in complaint  # there is no cache folder in tests
    assert Path("s.csv").read_bytes() == before
    assert samples_to_vsamples.main([*words]) == 0
    assert capsys.readouterr().err == ""
    assert segments()[0] == WANTED[0]
    assert left() == ["media", "s.csv"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "words", "said", "status"),
    [
        ("filename,start\na.mp4,0\n", (), "s.csv: has no column 'dur'; its columns are: filename, start", 1),
        ("filename,start,dur\n", (), "s.csv: there are no samples in this table", 1),
        ("", (), "s.csv: the table is empty", 1),
        ("filename,start,dur\na.mp4,x,5\n", (), "s.csv: line 2: start is 'x', not a number", 1),
        ("filename,start,dur\na.mp4,-1,5\n", (), "s.csv: line 2: start is -1: it must be 0 or more", 1),
        ("filename,start,dur\n../a.mp4,1,5\n", (), "../a.mp4: refused", 1),
        ("filename,start,dur\n,1,5\n", (), "s.csv: line 2 has no filename", 1),
        ("filename,start,dur\na.mp4,1,5\n", ("-dir", "nowhere"), "nowhere: there is no such folder: check -dir", 1),
        ("filename,start,dur\na.mp4,1,5\n", ("-out", "media"), "media: is a folder", 1),
        ("filename,start,dur\na.mp4,1,5\n", ("-sname", "start"), "-sname: 'start': choose a name that no other", 2),
        ("filename,start,dur\na.mp4,1,5\n", ("-sname", "vdur"), "-sname: vdur,vdur: choose different names", 2),
        ("filename,start,dur\na.mp4,1,5\n", ("-dname", "hz"), "-sname: 'hz': choose a name that no other", 2),
        ("filename,start,dur\na.mp4,1,5\n", ("-dname", ""), "-dname: give the name of a column", 2),
        ("filename,start,dur\na.mp4,1,5\n", ("-cluster", "teapot://a:1"), "is not the address of a Dask scheduler", 2),
    ],
)
def test_what_cannot_be_done_is_one_line_and_nothing_is_lost(folder, capsys, content, words, said, status):
    Path("s.csv").write_bytes(content.encode())
    assert status_of(run, *words) == status
    err = capsys.readouterr().err
    assert said in err.splitlines()[-1]
    assert "Traceback" not in err
    assert Path("s.csv").read_bytes() == content.encode()
    assert left() == ["media", "s.csv"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", [("-fps", "0"), ("-width", "0"), ("-height", "99999"), ("-mdur", "-1"), ("-fps", "x")]
)
def test_flags_that_cannot_be_meant(folder, capsys, words):
    with pytest.raises(SystemExit) as ended:
        run(*words)
    assert ended.value.code == 2
    assert words[0] in capsys.readouterr().err


@pytest.mark.slow
def test_it_runs_from_any_folder_as_a_script(folder):
    script = run_script("samples_to_vsamples.py", "-in", "s.csv", "-dir", "media/", folder=folder)
    assert script.returncode == 0, script.stderr
    assert re.fullmatch(r"7 segments of film -> s.csv: vstart, vdur\n", script.stdout)
    assert all(int(dur) > 0 for _, dur in segments())
