"""A bar on a terminal; a log is not filled with bars."""

import os
import pty
import subprocess
import sys
import termios

from lib.io import progress
from tests.support.media_factory import ROOT


def test_short_work_says_nothing_where_there_is_no_terminal(capsys):
    assert list(progress.each(range(50), 50, "work")) == list(range(50))
    assert capsys.readouterr() == ("", "")


def test_long_work_says_whole_lines_in_a_log(capsys, monkeypatch):
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0)
    assert list(progress.each(iter("abc"), 3, "work", "clip")) == ["a", "b", "c"]
    out, err = capsys.readouterr()
    lines = err.splitlines()
    assert out == ""
    assert len(lines) >= 3
    assert "\r" not in err
    assert all(line.startswith("work: ") for line in lines)
    assert "3/3" in lines[-1]
    assert "clip/s" in lines[-1]


def test_a_terminal_gets_a_bar_that_goes_when_the_work_is_done(tmp_path):
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from lib.io.progress import bar\n"
        "with bar(4, 'samples') as progress:\n"
        "    for _ in range(4):\n"
        "        progress.update()\n"
        "        progress.refresh()\n"
        "print('done')\n"
    )
    terminal, end = pty.openpty()
    termios.tcsetwinsize(end, (24, 100))
    done = subprocess.run(
        [sys.executable, "-c", program, str(ROOT)], stderr=end, stdout=subprocess.PIPE, cwd=tmp_path, timeout=60
    )
    os.set_blocking(terminal, False)
    shown = os.read(terminal, 1 << 16).decode()  # before its other end is closed, which would drop what is in it
    os.close(end)
    os.close(terminal)
    assert done.stdout == b"done\n"
    for part in ("samples:", "2/4", "4/4", "100%", "file/s"):
        assert part in shown
    assert shown.rsplit("\r", 2)[1].strip() == ""
