"""What differs from system to system, and that stages do without what only some have."""

import os
import signal
import subprocess
import sys
import textwrap
import threading

import pytest

import audio_to_samples
from lib.io.system import flush_to_disk, hold_file, process_lives, terminate_self
from tests.support.each import each
from tests.support.media_factory import ROOT, clicks, write_wav


def test_processes_live_until_they_are_waited_for():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert process_lives(os.getpid())
    assert process_lives(child.pid)
    child.communicate(b"\n")
    assert not process_lives(child.pid)


@each("pid", [0, -1, 2**40, 2**80])
def test_no_process_has_such_a_number(pid):
    assert not process_lives(pid)


def test_a_file_is_held_by_one_until_it_is_closed(tmp_path):
    with open(tmp_path / "x", "a+b") as first, open(tmp_path / "x", "a+b") as second:
        assert hold_file(first)
        assert not hold_file(second)
        first.close()
        assert hold_file(second)


def test_what_is_missing_cannot_be_flushed(tmp_path):
    (tmp_path / "x").write_bytes(b"1")
    flush_to_disk(tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == b"1"
    with pytest.raises(FileNotFoundError):
        flush_to_disk(tmp_path / "y")


@pytest.mark.parametrize("platform", ["linux", "win32"])
def test_a_thread_can_ask_its_process_to_end(platform, monkeypatch):
    monkeypatch.setattr(sys, "platform", platform)
    heard = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: heard.append(number))
    try:
        thread = threading.Thread(target=terminate_self)
        thread.start()
        thread.join()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert heard == [signal.SIGTERM]


# Run in each Python process that has it on its path: the workers as well.
WITHOUT = """
    import os, select, signal, sys
    for module, names in ((signal, ("pthread_sigmask", "SIG_BLOCK", "SIG_UNBLOCK", "SIG_SETMASK", "siginterrupt")),
                          (os, ("killpg", "getuid", "sched_getaffinity")), (select, ("poll",))):
        for name in names:
            if hasattr(module, name):
                delattr(module, name)
    os.process_cpu_count = os.cpu_count  # (3.13 has one that asks what was taken away)
    sys.modules["fcntl"] = None
"""


@pytest.mark.slow
def test_a_stage_with_two_workers_needs_nothing_that_only_posix_has(workplace):
    (workplace / "sitecustomize.py").write_text(textwrap.dedent(WITHOUT))
    for n in (1, 2, 3):
        write_wav(workplace / f"in/{n}.wav", clicks([0.2, 0.6 + n / 10], 1.5), 44100)
    path = os.pathsep.join([str(workplace), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    missing = "import signal; assert not hasattr(signal, 'pthread_sigmask'); import fcntl"
    found = subprocess.run([sys.executable, "-c", missing], env=environment, capture_output=True, text=True)
    assert "ModuleNotFoundError" in found.stderr  # what was to be taken away is
    # With one, here, where nothing is missing: it compiles what the two would compile at once.
    assert audio_to_samples.main(["-in", "in", "-out", "one.csv", "-threads", "1"]) == 0
    result = subprocess.run(
        [sys.executable, ROOT / "audio_to_samples.py", "-in", "in", "-out", "two.csv", "-threads", "2"],
        env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert (result.returncode, result.stderr.count("Error")) == (0, 0), result.stderr
    assert (workplace / "two.csv").read_bytes() == (workplace / "one.csv").read_bytes()
    assert (workplace / "two.csv").read_text().count(
        "\n"
    ) == 7  # a line of names, and two clicks in each of three files
    assert sorted(os.listdir(workplace)) == ["in", "one.csv", "sitecustomize.py", "two.csv"]


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="nohup")
def test_tests_of_ctrl_c_do_not_hang_where_it_is_ignored():
    asks = "import signal, tests.conftest; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    result = subprocess.run(
        [sys.executable, "-c", asks], cwd=ROOT, capture_output=True, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )  # fmt: skip
    assert result.stdout == "True\n"
