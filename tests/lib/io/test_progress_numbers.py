"""The numbers of a bar: how far it is, how fast, and where it is shown."""

import io
import os
import sys

from lib.io import progress
from tests.support.each import each


def shown(bar):
    return bar.format_dict


def test_a_bar_moves_by_the_weight_of_an_item():
    with progress.bar(10, "files") as bar:
        bar.weight = 4.0
        bar.inside(0.5)
        assert bar.n == 2
        bar.inside(2.0)
        assert bar.n == 4
        bar.inside(-1.0)
        assert bar.n == 4
        bar.update(3)  # fewer than what was shown
        assert bar.n == 3
        bar.weight = 8.0
        bar.inside(1.0)  # 11 of 10 are not shown
        assert bar.n == 3
        bar.inside(0.875)
        assert bar.n == 10


def test_a_portion_is_a_part_of_an_item_until_the_next_one():
    with progress.bar(4, "files") as bar:
        with progress.portion(0.25, 0.75):
            progress.within(0.0)
            assert bar.n == 0.25
            progress.within(0.5)
            assert bar.n == 0.5
            progress.within(1.0)
            assert bar.n == 0.75
        bar.update()
        progress.within(0.5)
        assert bar.n == 1.5
        with progress.bar(2, "inner") as inner:  # the innermost one is told
            progress.within(0.5)
            assert (bar.n, inner.n) == (1.5, 0.5)
        progress.within(0.75)
        assert bar.n == 1.75
    with progress.portion(0.0, 1.0):  # without a bar nothing happens
        progress.within(0.5)


def test_a_total_that_was_estimated_is_not_exceeded():
    with progress.bar(3, "sound", "s") as bar:
        bar.update(2.5)
        bar.update(2.5)
        assert bar.n == 3
    with progress.bar(None, "sound", "s") as bar:
        bar.update(2.5)
        bar.update(2.5)
        bar.update(None)
        bar.inside(0.5)
        assert bar.n == 5.5


def test_work_of_earlier_runs_is_no_speed():
    with progress.bar(10, "files") as bar:
        bar.begin_at(4)
        bar.update(2)
        assert (bar.n, bar.initial) == (6, 4)
        bar.inside(0.5)
        assert bar.n == 6.5


def test_a_pause_is_left_out_of_the_time(monkeypatch):
    with progress.bar(10, "files") as bar:
        bar.start_t, bar.last_print_t = 100.0, 104.0
        bar._time = lambda: 110.0
        bar.pause(5.0)
        assert (bar.start_t, bar.last_print_t) == (105.0, 109.0)
        bar.pause(3.0)  # not beyond the present
        assert (bar.start_t, bar.last_print_t) == (108.0, 110.0)


@each(
    ("done", "elapsed", "rate", "times", "whole"),
    [(87.0, 1.0, None, "87x", 87), (2.5, 10.0, None, "0.25x", 2), (3.0, 3.0, None, "1x", 3), (5.0, 0.0, None, "0x", 5),
     (5.0, 1.0, 12.4, "12x", 5), (4.9999999999, 1.0, 0.996, "1x", 5), (0.5, 1.0, 0.123, "0.12x", 0)],
)  # fmt: skip
def test_the_rate_is_a_multiple_of_playing_speed(monkeypatch, done, elapsed, rate, times, whole):
    monkeypatch.setattr(
        progress.tqdm, "format_dict", property(lambda bar: {"n": done, "elapsed": elapsed, "rate": rate})
    )
    bar = progress.Bar.__new__(progress.Bar)
    parts = progress.Bar.format_dict.fget(bar)
    assert (parts["times"], parts["done"]) == (times, whole)


@each(
    ("size", "how"),
    [
        ((80, 24), {"dynamic_ncols": True}), ((1, 1), {"dynamic_ncols": True}), ((0, 24), {"ncols": 80, "nrows": 24}),
        ((80, 0), {"ncols": 80, "nrows": 24}), (OSError(), {"ncols": 80, "nrows": 24}),
    ],
)  # fmt: skip
def test_a_terminal_of_unknown_size_has_80_columns_and_24_rows(monkeypatch, size, how):
    def get(number):
        if isinstance(size, OSError):
            raise size
        return os.terminal_size(size)

    class Terminal(io.StringIO):
        def fileno(self):
            return 2

    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(progress.os, "get_terminal_size", get)
    assert progress._size() == how


def settings_of(monkeypatch, terminal, *words, **how):
    """What a bar is made with."""
    made = {}
    monkeypatch.setattr(progress, "Bar", lambda **given: made.update(given))
    monkeypatch.setattr(progress, "_size", lambda: {"ncols": 7})
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    progress.bar(*words, **how)
    return made


def test_on_a_terminal_a_bar_goes_and_elsewhere_it_is_a_line_a_minute(monkeypatch):
    made = settings_of(monkeypatch, True, 5, "work")
    assert (made["leave"], made["ncols"], made["total"], made["desc"], made["unit"]) == (False, 7, 5, "work", "file")
    assert made["unit_scale"] is False
    assert "mininterval" not in made
    made = settings_of(monkeypatch, False, 5, "work", "clip")
    assert (made["mininterval"], made["delay"], made["miniters"]) == (60, 60, 1)
    assert isinstance(made["file"], progress._Lines)
    assert "leave" not in made


@each(
    ("total", "unit", "scale", "shown_of", "rate"),
    [(5, "file", False, "{total_fmt} [", "{rate_fmt}"), (5, "s", False, "{total_fmt} s [", "{times}"),
     (5, "B", True, None, None), (None, "file", False, None, None)],
)  # fmt: skip
def test_the_text_of_a_bar(monkeypatch, total, unit, scale, shown_of, rate):
    made = settings_of(monkeypatch, True, total, "work", unit, scale=scale)
    assert ("bar_format" in made) is (shown_of is not None)
    if shown_of:
        assert f"{{done}}/{shown_of}" in made["bar_format"]
        assert rate in made["bar_format"]


def test_lines_of_a_log_are_whole(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    lines = progress._Lines()
    assert lines.write("\rwork: 5 %  ") == len("work: 5 %\n")
    assert lines.write("\r  ") == lines.write("") == lines.write("\n") == 0
    lines.flush()
    assert sys.stderr.getvalue() == "work: 5 %\n"


@each(("count", "text"), [(1234, "1.23kB"), (999, "999B"), (12_300_000_000, "12.3GB"), (0, "0.00B")])
def test_bytes_for_people(count, text):
    assert progress.human(count) == text
