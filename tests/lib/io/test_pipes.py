"""Pipes, sockets and devices in the place of files."""

import contextlib
import os
import socket
import threading

import pytest

from lib.errors import PlaceError
from lib.io import pipes
from lib.io.pipes import hold_output, is_stream, open_input, release_output
from tests.support.each import each


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    (tmp_path / "file").write_bytes(b"words")
    (tmp_path / "folder").mkdir()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        yield tmp_path


def test_what_is_a_stream(here):
    assert [is_stream(name) for name in ("pipe", "socket", "/dev/null")] == [True] * 3
    assert [is_stream(name) for name in ("file", "folder", "nowhere")] == [False] * 3


def test_files_are_opened_and_devices_are_not(here):
    with open_input("file") as file:
        assert file.read() == b"words"
    for name, kind in (("socket", "socket"), ("/dev/null", "device")):
        with pytest.raises(OSError, match=f"is a {kind}, not a file"):
            open_input(name)
    with pytest.raises(OSError, match="is a pipe that nobody writes to"):
        open_input("pipe")


@pytest.mark.parametrize("words", [b"x", b"words", b"w" * 200_000])
def test_a_pipe_is_read_to_its_end(here, words):
    reader = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)  # so that the writer need not wait

    def write():
        with open("pipe", "wb") as pipe:
            pipe.write(words)

    thread = threading.Thread(target=write)
    thread.start()
    found = None
    while found is None:  # until the writer has opened it
        with contextlib.suppress(OSError):
            found = open_input("pipe").read()
    thread.join(60)
    os.close(reader)
    assert found == words


def test_a_writer_without_words_yet_is_waited_for(here):
    reader = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open("pipe", os.O_WRONLY)
    found = []
    thread = threading.Thread(target=lambda: found.append(open_input("pipe").read()))
    thread.start()
    os.write(writer, b"a")
    os.write(writer, b"b")
    os.close(writer)
    thread.join(60)
    os.close(reader)
    assert found == [b"ab"]


def test_an_output_is_held_until_it_is_released(here):
    with pytest.raises(PlaceError, match="is a pipe that nobody reads"):
        hold_output("pipe")
    with pytest.raises(PlaceError, match="is a socket, not a file"):
        hold_output("socket")
    hold_output("/dev/null")
    hold_output("file")
    assert pipes._held == {}
    reader = os.open("pipe", os.O_RDONLY | os.O_NONBLOCK)
    hold_output("pipe")
    hold_output("pipe")
    with open("pipe", "wb") as out:
        out.write(b"x")
    assert os.read(reader, 9) == b"x"
    with pytest.raises(BlockingIOError):  # not its end
        os.read(reader, 9)
    release_output("pipe")
    release_output("pipe")
    assert os.read(reader, 9) == b""
    os.close(reader)


@each(("mode", "name"), [(0o140000, "socket"), (0o010000, "pipe"), (0o020000, "device"), (0o060000, "device")])
def test_kinds_have_names(mode, name):
    assert pipes._name(mode) == name


def test_a_disk_is_not_overwritten(here, monkeypatch):
    monkeypatch.setattr(pipes.os, "stat", lambda path: type("state", (), {"st_mode": 0o060000})())
    with pytest.raises(PlaceError, match="is a device, not a file"):
        hold_output("disk")
