"""A bar on a terminal; a log is not filled with bars."""

import gc
import os
import pty
import signal
import subprocess
import sys
import termios

import numba
import pytest
from numba.core import event

from lib.io import ffmpeg, progress
from tests.support.media_factory import ROOT, tone, write_wav


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


def on_terminal(program, folder, columns=100, **environment):
    """Run a program whose stderr is a terminal of this number of columns (0: unknown) and return what is shown."""
    terminal, end = pty.openpty()
    termios.tcsetwinsize(end, (24 if columns else 0, columns))
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, sys.argv[1])\n{program}", str(ROOT)],
        stderr=end, stdout=subprocess.PIPE, cwd=folder, timeout=100, env={**os.environ, **environment},
    )  # fmt: skip
    os.set_blocking(terminal, False)
    shown = os.read(terminal, 1 << 16).decode()  # before its other end is closed, which would drop what is in it
    os.close(end)
    os.close(terminal)
    assert done.stdout == b"done\n"
    return shown


STEPS = """
from lib.io.progress import bar
with bar(4, 'samples') as progress:
    for _ in range(4):
        progress.update()
        progress.refresh()
print('done')
"""


@pytest.mark.slow
@pytest.mark.parametrize("columns", [100, 60, 0])
def test_a_terminal_gets_a_bar_that_goes_when_the_work_is_done(tmp_path, columns):
    shown = on_terminal(STEPS, tmp_path, columns)
    for part in ("samples:", "2/4", "4/4", "100%", "file/s"):
        assert part in shown
    drawn = shown.split("\r")
    assert shown.rsplit("\r", 2)[1].strip() == ""
    assert max(map(len, drawn)) <= (columns or 80)
    assert "#" in shown or "\u2588" in shown  # there is a bar, not numbers only
    assert progress.COMPILING not in shown


def test_a_bar_moves_within_one_item(monkeypatch):
    with progress.bar(2, "files") as shown:
        progress.within(0.25)
        assert shown.n == 0.25
        progress.within(0.1)  # another pass over the same file: it does not go back
        assert shown.n == 0.25
        with progress.portion(0.5, 1.0):
            progress.within(0.5)
        assert shown.n == 0.75
        assert shown.format_dict["done"] == 0
        shown.update()
        assert (shown.n, shown.format_dict["done"]) == (1, 1)
        progress.within(7)
        assert shown.n == 2
        progress.within(-7)
        shown.update()
        assert shown.n == 2
    progress.within(0.5)  # nobody is told


def test_a_file_that_is_read_moves_the_bar(tmp_path):
    path = write_wav(tmp_path / "a.wav", tone(440, 3.0))
    with progress.bar(1, "files") as shown, ffmpeg.open_media(str(path)) as container:
        places = [shown.n for _ in ffmpeg.packets(container, container.streams.audio[0])]
    assert places == sorted(places)
    assert len(set(places)) > 10
    assert 0.9 < places[-1] <= 1


def test_seconds_are_whole_and_their_rate_is_how_often_they_are_played():
    with progress.bar(339, "encoding", "s") as shown:
        shown.update(10.922666)
        text = shown.format_meter(**{**shown.format_dict, "elapsed": 2.0, "rate": None, "ncols": 90, "times": "5x"})
        assert "10/339 s" in text
        assert "5x" in text
        assert "10.9" not in text
        assert "s/s" not in text
        assert shown.format_dict["times"].endswith("x")


COMPILES = """
import numba
from lib.io.progress import bar
@numba.njit
def kernel(x):
    return x + 1
with bar(1, 'samples') as progress:
    kernel(1)
    kernel(1.0)
    progress.refresh()
print('done')
"""


@pytest.mark.slow
@pytest.mark.filterwarnings("error")
def test_a_total_that_was_estimated_too_low_needs_no_warning(monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with progress.bar(5, "encoding", "s") as bar:
        bar.update(4.75)
        bar.update(0.31)  # 5.06 of 5
        assert "| 5/5 s [" in str(bar)
        bar.update(1)
        assert "| 5/5 s [" in str(bar)


def test_time_that_no_item_has_taken_is_in_no_rate(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with progress.bar(4, "mixing", "sound") as bar:
        bar._time = lambda: now[0]
        bar.start_t = bar.last_print_t = now[0]
        now[0] += 60  # compiling
        bar.pause(60)
        now[0] += 2
        bar.update(1)
        assert "[00:02<00:06,  2.00s/sound]" in str(bar)
        bar.pause(99)  # more than there was
        assert bar.start_t == bar.last_print_t == now[0]


def test_a_first_run_that_compiles_says_so(tmp_path):
    shown = on_terminal(COMPILES, tmp_path)
    assert progress.COMPILING in shown
    assert progress.COMPILING not in shown.rsplit("\r", 3)[1]


@pytest.mark.parametrize(("number", "raised"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)])
def test_a_signal_while_a_kernel_is_compiled_takes_effect_after_it(number, raised):
    progress.watch_compiler()
    kernel = numba.njit(lambda x: x + 1)

    class Press(event.Listener):
        def on_start(self, which):
            signal.raise_signal(number)

        def on_end(self, which):
            pass

    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        signal.signal(signal.SIGTERM, lambda came, _: sys.exit(128 + came))
        with pytest.raises(raised), event.install_listener("numba:compile", Press()):
            kernel(1)
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
    assert kernel.signatures
    assert kernel(1) == 2


def test_no_garbage_is_collected_while_a_kernel_is_compiled():
    progress.watch_compiler()
    collected = []

    class Look(event.Listener):
        def on_start(self, which):
            collected.append(gc.isenabled())

        def on_end(self, which):
            pass

    with event.install_listener("numba:compile", Look()):
        assert numba.njit(lambda x: x + 1)(1) == 2
    assert collected
    assert not any(collected)
    assert gc.isenabled()
