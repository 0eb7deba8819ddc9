"""A pipe in the place of a file that a flag names: nobody waits for its other end, and one line says so."""

import os
import shutil
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import audio_to_samples
import films_to_scenes
import get_file_features
import get_sample_features
import samples_subset
import samples_to_grid
import samples_to_mosaic
import samples_to_tsne
import samples_to_vsamples
import sort_audio
from lib.errors import PlaceError
from lib.io.files import atomic_path, check_outputs, open_regular
from lib.io.pipes import open_input
from lib.tables.table import Table, read_table, write_table
from tests.support.media_factory import ROOT
from tests.support.owned_stages import fill, jobs
from tests.support.scripts import status_of

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes on Windows"),
    pytest.mark.timeout(60),
]
# The compositions share what reads their table and writes their film: one that makes a film, and one a picture.
NAMES = [n for n, job in jobs("http://127.0.0.1:9").items() if "/" not in job.script] + ["proliferation", "poster"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    fill(folder)
    return folder


def ends_in_one_line(job, capsys):
    """Run a job; say whether it ended with status 1 or 2, and a line that tells of what is not a file."""
    status = status_of(job.run)
    lines = capsys.readouterr().err.splitlines()
    said = lines[-1] if lines else ""
    reasons = ("is not a file", "is a pipe that nobody", "no such table", "no media files")
    return status in (1, 2) and any(reason in said for reason in reasons), (job.words, status, lines)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_pipe_in_the_place_of_an_input_or_an_output_ends_in_one_line(name, made, tmp_path, monkeypatch, capsys):
    job, wrong = jobs("http://127.0.0.1:9")[name], []
    inputs = [word for word in job.words if (made / word).is_file()]
    for word in dict.fromkeys([*inputs, *job.written]):
        folder = tmp_path / word.replace("/", "-")
        shutil.copytree(made, folder)
        monkeypatch.chdir(folder)
        Path(word).unlink(missing_ok=True)
        Path(word).parent.mkdir(exist_ok=True)
        os.mkfifo(word)
        good, told = ends_in_one_line(job, capsys)
        wrong += [] if good else [told]
    assert wrong == []


def test_a_pipe_among_the_media_is_a_bad_file(made, tmp_path, monkeypatch, capsys):
    shutil.copytree(made, tmp_path / "run")
    monkeypatch.chdir(tmp_path / "run")
    os.unlink("media/a.wav")
    os.mkfifo("media/a.wav")
    for name in ("get_file_features", "features_to_audio", "samples_to_files"):
        job = jobs("")[name]
        status_of(replace(job, words=(*job.words, "-strict")).run)
        assert "a.wav: is not a file" in capsys.readouterr().err


def test_a_pipe_that_is_written_to_is_read():
    """As a shell's <(command) is."""
    for late in (False, True):
        read, write = os.pipe()
        writer = subprocess.Popen(["sh", "-c", f"sleep {0.2 * late}; printf 'a,b\\n1,2\\n'"], stdout=write)
        os.close(write)
        if not late:
            writer.wait()
        assert read_table(f"/dev/fd/{read}").text("b") == ["2"]
        writer.wait()
        os.close(read)


def through_pipes(data, run):
    """Run a stage with a pipe that holds these bytes, and one to write to; return its status and what came out."""
    (of_input, to_input), (of_output, to_output) = os.pipe(), os.pipe()
    os.write(to_input, data)
    os.close(to_input)
    try:
        status = status_of(run, [f"/dev/fd/{of_input}", f"/dev/fd/{to_output}"])
    finally:
        os.close(to_output)
        os.close(of_input)
    with os.fdopen(of_output, "rb") as end:
        return status, end.read()


PIPED = {  # the stage, its words, the columns of what it writes
    "samples_to_grid": (samples_to_grid.main, ["-props", "start,dur", "-grid", "1x2"], b"filename,start,dur,gridX"),
    "samples_to_tsne": (samples_to_tsne.main, ["-dir", "media", "-rate", "150"], b"filename,start,dur,tsne"),
    "samples_to_vsamples": (
        samples_to_vsamples.main, ["-dir", "media", "-mdur", "300"], b"filename,start,dur,vstart,vdur"
    ),
    "get_sample_features": (get_sample_features.main, ["-dir", "tables"], b"filename,start,dur,samples,medianPower"),
    "audio_to_samples": (audio_to_samples.main, ["-dir", "media", "-min", "90"], b"filename,start,dur"),
    "films_to_scenes": (films_to_scenes.main, ["-dir", "media"], b"filename,start,dur"),
}  # fmt: skip


@pytest.fixture
def place(made, tmp_path, monkeypatch):
    """A folder with the media of the jobs, and a sample table of one of them."""
    (tmp_path / "media").symlink_to(made / "media")
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables/a.wav.csv").write_text("filename,start,dur\na.wav,0,9\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("name", PIPED)
def test_tables_go_through_pipes_and_nothing_is_kept_beside_them(name, place):
    main, words, header = PIPED[name]
    film = next((place / "media").glob("*.mp4")).name
    row = f"{film},0,200" if name in ("samples_to_vsamples", "films_to_scenes") else "a.wav,0,200"
    data = f"filename,start,dur\n{row}\n{row.replace(',0,', ',200,')}\n".encode()
    before = {*place.iterdir(), *Path("/dev").glob(".*")}
    status, came = through_pipes(data, lambda given: main(["-in", given[0], "-out", given[1], *words]))
    assert status == 0
    assert came.startswith(header)
    assert came.count(b"\n") > 1
    assert {*place.iterdir(), *Path("/dev").glob(".*")} == before


def test_columns_are_not_written_into_a_pipe(place, capsys):
    data = b"filename,start,dur\na.wav,0,9\na.wav,9,9\n"
    for main, words in (
        (get_file_features.main, ["-dir", "media"]),
        (get_sample_features.main, ["-dir", "tables"]),
        (samples_to_grid.main, ["-props", "start,dur"]),
        (samples_to_tsne.main, ["-dir", "media"]),
    ):
        assert through_pipes(data, lambda given: main(["-in", given[0], *words]))[0] == 2  # noqa: B023
        assert "is not a file that columns can be added to: give one" in capsys.readouterr().err


def test_a_recording_in_a_pipe_cannot_be_read_twice(place, capsys):
    for main, words in (
        (sort_audio.main, ["-in"]),
        (samples_to_mosaic.main, ["-in", "tables/a.wav.csv", "-dir", "media", "-out", "m.csv", "-target"]),
    ):
        assert through_pipes(b"RIFF", lambda given: main([*words, given[0]]))[0] == 1  # noqa: B023
        assert "is not a file, and a recording is read more than once" in capsys.readouterr().err


def test_samples_in_a_pipe_cannot_be_read_twice(place, capsys):
    status, _ = through_pipes(b"filename,start,dur\n", lambda given: samples_subset.main(["-in", given[0]]))
    assert status == 1
    assert "is a pipe, and samples are read more than once: give a file" in capsys.readouterr().err


@pytest.mark.slow
def test_what_is_said_is_no_part_of_a_table_on_stdout(place):
    Path("t.csv").write_text("filename,start,dur\na.wav,0,9\na.wav,9,9\n")
    command = [sys.executable, str(ROOT / "samples_subset.py"), "-in", "t.csv", "-out", "/dev/stdout"]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stdout == Path("t.csv").read_text()
    assert "2 chosen" in ended.stderr


def test_what_is_no_file_is_not_opened(tmp_path):
    pipe, place = tmp_path / "pipe", tmp_path / "socket"
    os.mkfifo(pipe)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(place))
        for path, said in ((pipe, "is a pipe that nobody writes to"), (place, "is a socket, not a file")):
            with pytest.raises(OSError, match=said):
                open_input(path)
            with pytest.raises(OSError, match="is not a file"):
                open_regular(path)
        with pytest.raises(OSError, match="is a device, not a file"):
            open_input("/dev/null")
        for path, said in ((pipe, "is a pipe that nobody reads"), (place, "is a socket, not a file")):
            with pytest.raises(PlaceError, match=said):
                check_outputs([str(path)], [])
            with pytest.raises(PlaceError, match=said), atomic_path(path):
                pass


def test_a_pipe_that_is_read_is_written_to_once_it_was_checked(tmp_path):
    pipe = tmp_path / "t.csv"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    check_outputs([str(pipe)], [])
    write_table(Table.of({"a": ["1"]}), str(pipe))
    with os.fdopen(reader, "rb") as end:
        assert end.read() == b"a\n1\n"
