"""Which samples play when, from small tables; and the lines about them."""

from pathlib import Path

import pytest

from lib.audio.effects import NOT_LEVELLED
from lib.audio.mix_plays import Play
from lib.audio.mixer import Mix
from lib.audio.sorted_plays import (
    Playing,
    check_heard,
    how_long,
    plays_of,
    read_played,
    rows_to_play,
    silent_plays,
    unusable_plays,
)
from lib.errors import MediaError
from lib.tables.query_language import Sort, parse_sort
from lib.tables.table import Table
from tests.support.each import each


def playing(**how):
    usual = {
        "sort": parse_sort("dur=asc"), "order": "", "most": -1, "best": Sort(), "best_optional": False,
        "step_ms": 100.0, "step_part": 0.5, "before_ms": 250.0, "after_ms": 70.0, "volume": 0.5,
        "reverb": 30.0, "level_db": -20.0,
    }  # fmt: skip
    return Playing(**(usual | how))


TABLE = {
    "filename": ["a.wav", "b.wav", "a.wav", "c.wav"],
    "start": ["0", "10", "500", "5"],
    "dur": ["300", "80", "120", "160"],
    "at": ["900", "0", "900", "300"],
    "loudness": ["-9", "-30", "-20", "-10"],
}


def table(**more):
    return Table.of(TABLE | more, "t.csv")


def test_rows_play_in_the_order_of_a_sort_or_of_their_times():
    assert rows_to_play(table(), playing()).text("dur") == ["80", "120", "160", "300"]
    # Of equal times the first row comes first.
    assert rows_to_play(table(), playing(order="at")).text("dur") == ["80", "160", "300", "120"]
    with pytest.raises(MediaError):
        rows_to_play(table().take([]), playing())


@each(("most", "durs"), [(-1, 4), (0, 4), (4, 4), (5, 4), (3, ["120", "160", "300"]), (1, ["300"])])
def test_the_best_play_in_the_order_of_playing(most, durs):
    found = rows_to_play(table(), playing(most=most, best=parse_sort("loudness=desc"))).text("dur")
    assert found == (["80", "120", "160", "300"] if durs == 4 else durs)


def test_a_column_that_decides_who_is_best_may_be_missing_only_if_that_is_allowed():
    best = parse_sort("pitched=desc")
    for most in (-1, 2):
        with pytest.raises(MediaError, match="pitched"):
            rows_to_play(table(), playing(best=best, most=most))
        assert len(rows_to_play(table(), playing(best=best, most=most, best_optional=True))) == (
            most if most > 0 else 4
        )


def test_plays_follow_each_other_by_a_step_or_a_part_of_the_length():
    plays, end = plays_of(table(), "media", playing())
    # Half of 300, of 80, of 120, of 160: at most 100 ms.
    assert [play.time_ms for play in plays] == [250, 350, 390, 450]
    assert end == 450 + 80 + 70
    assert [(Path(play.path), play.start_ms, play.dur_ms) for play in plays] == [
        (Path("media/a.wav"), 0, 300), (Path("media/b.wav"), 10, 80), (Path("media/a.wav"), 500, 120),
        (Path("media/c.wav"), 5, 160),
    ]  # fmt: skip
    assert {(play.volume, play.level_db, play.reverb) for play in plays} == {(0.5, -20, 30)}
    assert {play.level_db for play in plays_of(table(), "media", playing(level_db=NOT_LEVELLED))[0]} == {None}


def test_plays_at_their_own_times():
    plays, end = plays_of(table(), "media", playing(order="at"))
    assert [play.time_ms for play in plays] == [1150, 250, 1150, 550]
    assert end == 1150 + 300 + 70


@each(
    ("order", "volumes", "given", "level"),
    [
        ("at", True, False, None),  # the table's own volumes
        ("at", True, True, -20),
        ("at", False, False, -20),
        ("", True, False, -20),
        ("", False, True, -20),
    ],
)
def test_volumes_of_a_table_are_not_levelled_unless_a_level_is_asked_for(order, volumes, given, level):
    rows = table(**({"volume": ["1", "2", "1", "0.5"]} if volumes else {}))
    plays, _ = plays_of(rows, "media", playing(order=order, level_given=given))
    assert {play.level_db for play in plays} == {level}
    assert [play.volume for play in plays] == ([0.5, 1, 0.5, 0.25] if volumes and order else [0.5] * 4)


def test_a_table_to_be_played_has_names_and_times(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("filename,start,dur,at\na.wav,0,90,7\n")
    assert read_played(str(path), playing(order="at")).text("at") == ["7"]
    for text, order in (
        ("filename,start,dur\na.wav,0,90\n", "at"),
        ("filename,start,dur,at\na.wav,0,90,x\n", "at"),
        ("filename,start,dur\n,0,90\n", ""),
        ("filename,start,dur\na.wav,x,90\n", ""),
        ("filename,dur\na.wav,90\n", ""),
    ):
        path.write_text(text)
        with pytest.raises(MediaError):
            read_played(str(path), playing(order=order))


@each(
    ("ms", "said"),
    [(0, "0.000 s (0:00:00)"), (1499, "1.499 s (0:00:01)"), (59_501, "59.501 s (0:01:00)"),
     (3_599_600, "3599.600 s (1:00:00)"), (3_725_000, "3725.000 s (1:02:05)")],
)  # fmt: skip
def test_how_long_it_is(ms, said):
    assert how_long(ms, 12) == f"{said}, samples: 12"


def test_lines_about_what_is_not_heard():
    plays = [Play(0, "a", 5.5, 100), Play(0, "b", 0, 0.01), Play(0, "a", 0, 0), Play(0, "c", 0, 0.011)]
    assert silent_plays([]) == ""
    assert silent_plays(plays[:2]).endswith("and are silent: 2, the first a at 5.5 ms")
    # Less than half a frame of 1/48 ms is nothing.
    assert unusable_plays(plays, ["a"]) == ", 2 of files that could not be used, 2 of length 0"
    assert unusable_plays(plays[:1], []) == ""


def test_if_nothing_can_be_read_that_is_an_error():
    plays = [Play(0, "a", 0, 9), Play(0, "b", 0, 9)]
    result = Mix.__new__(Mix)
    for bad, refused in (([], False), ([("a", "x")], False), ([("a", "x"), ("b", "x")], True)):
        result.bad = bad
        if refused:
            with pytest.raises(MediaError, match="none of its samples"):
                check_heard(result, plays, "t.csv")
        else:
            check_heard(result, plays, "t.csv")
