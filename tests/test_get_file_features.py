"""The stage from its command line: what is written into the manifest, what is skipped, and what survives a kill."""

import csv
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import get_file_features
from lib.video import file_features
from tests.support.media_factory import ROOT, encode, run_script, silent_film, tone, write_wav
from tests.support.scripts import status_of

MANIFEST = 'id,filename,note\n007,one.wav,"two\nlines"\n1e5,silent.mp4,  spaced  \n+1,disc 1/two.wav,"a ""quote"""\n'


@pytest.fixture
def folder(workplace):
    """Three files and their manifest, whose cells must come out as they went in."""
    write_wav(workplace / "media/one.wav", tone(440, 1.25))
    write_wav(workplace / "media/disc 1/two.wav", tone(440, 0.5))
    silent_film(workplace / "media/silent.mp4", 2.0)
    (workplace / "m.csv").write_bytes(MANIFEST.encode())
    return workplace


def run(*words):
    return get_file_features.main(["-in", "m.csv", "-dir", "media", *words])


def rows(path="m.csv"):
    return list(csv.DictReader(io.StringIO(Path(path).read_bytes().decode(), newline="")))


def column(name):
    return [row[name] for row in rows()]


def error(capsys):
    """The one line on stderr."""
    err = capsys.readouterr().err
    assert err.count("\n") == 1, err
    return err


def test_the_columns_are_added_in_place_and_the_rest_is_as_it_was(folder, capsys):
    assert run() == 0
    assert Path("m.csv").read_bytes().decode() == (
        "id,filename,note,duration,hasAudio,hasVideo\n"
        '007,one.wav,"two\nlines",1.250,1,0\n'
        "1e5,silent.mp4,  spaced  ,2.000,0,1\n"
        '+1,disc 1/two.wav,"a ""quote""",0.500,1,0\n'
    )
    assert "3 files measured, 0:00:04 in all" in capsys.readouterr().out


def test_a_table_of_windows_stays_one(folder):
    Path("m.csv").write_bytes(b"\xef\xbb\xbffilename,n\r\none.wav,\xe4\xb8\xad\r\n")
    assert run() == 0
    wanted = b"\xef\xbb\xbffilename,n,duration,hasAudio,hasVideo\r\none.wav,\xe4\xb8\xad,1.250,1,0\r\n"
    assert Path("m.csv").read_bytes() == wanted


def test_rows_with_a_duration_are_skipped_unless_they_are_to_be_overwritten(folder, capsys):
    Path("m.csv").write_text("duration,filename\n9.5,one.wav\n0,disc 1/two.wav\n,silent.mp4\nx,one.wav\n")
    assert run() == 0
    assert column("duration") == ["9.5", "0.500", "2.000", "1.250"]
    assert column("hasAudio") == ["", "1", "0", "1"]
    out = capsys.readouterr().out
    assert "1 row already had a duration" in out
    assert "1 of these have no hasAudio" in out
    assert run("-overwrite") == 0
    assert column("duration") == ["1.250", "0.500", "2.000", "1.250"]


def test_nothing_to_do_writes_nothing(folder):
    assert run() == 0
    before = os.stat("m.csv").st_mtime_ns
    assert run() == 0
    assert os.stat("m.csv").st_mtime_ns == before


def test_what_is_skipped_is_told_if_it_was_cut_off_or_has_changed_since(folder, monkeypatch, capsys):
    monkeypatch.setenv("MEDIA_TOOLS_CACHE", str(folder / "cache"))
    whole = (folder / "media/one.wav").read_bytes()
    (folder / "media/cut.wav").write_bytes(whole[: len(whole) // 2])
    Path("m.csv").write_text("filename\none.wav\ncut.wav\n")
    for _ in range(2):
        assert run("-strict") == 1
        said = capsys.readouterr().err
        assert "could be read only in part: cut.wav: " in said
        assert "changed after" not in said
    (folder / "media/one.wav").write_bytes(whole + b"x")
    (folder / "media/cut.wav").write_bytes(whole)
    assert run("-strict") == 0
    said = (
        "2 files changed after the measurement, and skipped: cut.wav, one.wav: give -overwrite for all files, or empty"
    )
    assert said in capsys.readouterr().err
    assert run("-strict", "-overwrite") == 0
    assert run("-strict") == 0
    assert capsys.readouterr().err == ""


def test_other_columns_can_be_named(folder):
    Path("m.csv").write_text("file,duration\none.wav,keep\n")
    assert run("-fk", "file", "-dk", "seconds") == 0
    assert Path("m.csv").read_text() == "file,duration,seconds,hasAudio,hasVideo\none.wav,keep,1.250,1,0\n"


def test_bad_files_get_zeros_and_are_listed_and_the_others_are_done(folder, capsys):
    (folder / "media/broken.mp4").write_bytes(b"no film" * 999)
    names = ["broken.mp4", "one.wav", "missing.wav", "", "../m.csv", "one.wav"]
    Path("m.csv").write_text("filename,n\n" + "".join(f"{name},{n}\n" for n, name in enumerate(names)))
    assert run() == 0
    cells = [(r["duration"], r["hasAudio"], r["hasVideo"]) for r in rows()]
    nothing, one = ("0", "0", "0"), ("1.250", "1", "0")
    assert cells == [nothing, one, nothing, nothing, nothing, one]
    lines = capsys.readouterr().err.splitlines()
    assert "4 files could not be used" in lines[0]
    for line, words in zip(
        lines[1:], ["broken.mp4: is not media", "missing.wav: no such file", "line 5", "../m.csv"], strict=True
    ):
        assert words in line
    assert run("-strict") == 1  # zeros are tried again


def test_fast_reads_headers_only(folder):
    # A header that lies (an MP3's number of frames) is believed by -fast and not otherwise.
    path = Path(encode("media/lie.mp3", tone(440, 1.0)))
    data = bytearray(path.read_bytes())
    place = data.index(b"Info") + 8
    data[place : place + 4] = (100_000).to_bytes(4, "big")
    path.write_bytes(data)
    Path("m.csv").write_text("filename\nlie.mp3\n")
    assert run("-fast") == 0
    assert float(column("duration")[0]) > 100
    assert run("-overwrite") == 0
    assert float(column("duration")[0]) == pytest.approx(1.0, abs=0.03)


@pytest.mark.slow
def test_many_workers_write_the_same(folder):
    for n in range(30):
        write_wav(f"media/{n}.wav", tone(440, 0.1 + n / 100))
    names = [f"{n}.wav" for n in range(30)] + ["missing.wav", "one.wav"]
    manifest = "filename\n" + "".join(f"{name}\n" for name in names)
    Path("m.csv").write_text(manifest)
    assert run() == 0
    alone = Path("m.csv").read_bytes()
    Path("m.csv").write_text(manifest)
    assert run("-threads", "2") == 0
    assert Path("m.csv").read_bytes() == alone
    assert column("duration")[:3] == ["0.100", "0.110", "0.120"]


@pytest.mark.slow
def test_a_thousand_rows(folder):
    # Links to one file, so that it is quick.
    encode("media/short.mp3", tone(440, 0.75))
    for n in range(1000):
        os.link("media/short.mp3", f"media/{n}.mp3")
    Path("m.csv").write_text("filename\n" + "".join(f"{n}.mp3\n" for n in range(1000)))
    done = run_script("get_file_features.py", "-in", "m.csv", "-dir", "media", "-threads", "-1", folder=folder)
    assert done.returncode == 0, done.stderr
    assert "1,000 files measured" in done.stdout
    assert column("duration") == ["0.750"] * 1000


def test_ctrl_c_keeps_what_is_done_and_the_same_command_continues(folder, monkeypatch, capsys):
    measured = []

    def interrupted(path, fast):
        if len(measured) == 2:
            raise KeyboardInterrupt
        measured.append(path)
        return file_features.Probe(7.0, True, True)

    with monkeypatch.context() as patch:
        patch.setattr(file_features, "probe", interrupted)
        assert run() == 130
    assert "interrupted; finished files are kept: the same command continues" in error(capsys)
    assert column("duration") == ["7.000", "7.000", ""]
    assert run() == 0
    assert column("duration") == ["7.000", "7.000", "0.500"]


@pytest.mark.slow
def test_a_kill_loses_no_more_than_what_came_after_the_last_save(folder):
    program = """
import os, signal, sys
sys.path.insert(0, sys.argv.pop(1))
import get_file_features
from lib.video import file_features
file_features.SECONDS_BETWEEN_SAVES = 0
whole = file_features.probe
def probe(path, fast):
    if path.endswith("two.wav"):
        os.kill(os.getpid(), signal.SIGKILL)
    return whole(path, fast)
file_features.probe = probe
get_file_features.main(sys.argv[1:])
"""
    command = [sys.executable, "-c", program, str(ROOT), "-in", "m.csv", "-dir", "media"]
    killed = subprocess.run(command, capture_output=True, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert column("duration") == ["1.250", "2.000", ""]
    assert run() == 0
    assert column("duration") == ["1.250", "2.000", "0.500"]
    assert sorted(p.name for p in folder.iterdir()) == ["m.csv", "media"]


@pytest.mark.parametrize(
    ("content", "words", "said", "status"),
    [
        ("filename\n", (), "no rows", 1),
        ("", (), "empty", 1),
        ("name,duration\na,1\n", (), "no column 'filename'; its columns are: name, duration", 1),
        ("filename\na.wav\n", ("-fk", "file"), "no column 'file'", 1),
        ("filename\na.wav\n", ("-dk", "filename"), "different columns", 2),
        ("filename\na.wav\n", ("-cluster", "teapot://x:1"), "is not the address of a Dask scheduler", 2),
        ("filename\na.wav\n", ("-dir", "nowhere"), "nowhere: there is no such folder", 1),
        ('filename\n"a.wav\n', (), "never closed", 1),
        ("\0\1\2PNG", (), "not a CSV", 1),
    ],
)
def test_a_manifest_that_cannot_be_used_is_one_line_and_stays(folder, capsys, content, words, said, status):
    Path("m.csv").write_bytes(content.encode())
    Path("media/a.wav").touch()
    assert status_of(run, *words) == status
    assert said in error(capsys)
    assert Path("m.csv").read_bytes() == content.encode()


def test_a_manifest_that_is_missing(folder, capsys):
    assert get_file_features.main(["-in", "other.csv", "-dir", "media"]) == 1
    assert "other.csv: there is no such table" in error(capsys)


def test_the_flags_are_needed(capsys):
    with pytest.raises(SystemExit) as exit_:
        get_file_features.main(["-dir", "x"])
    assert exit_.value.code == 2
    assert "-in" in capsys.readouterr().err
