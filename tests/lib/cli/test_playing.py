"""The flags for playing samples: which conflict, and what is left out."""

import pytest

from lib.cli.parser import Parser, UsageError
from lib.cli.playing import add_playing, left_out, playing_values
from lib.tables.query_language import parse_sort


def parse(*words):
    flags = Parser("x")
    add_playing(flags, parse_sort)
    return flags.parse_args(list(words))


def test_values_by_their_names():
    values = playing_values(parse("-lim", "5", "-overlap", "7", "-left", "9", "-mdb", "-3"))
    assert (values["most"], values["step_ms"], values["before_ms"], values["level_db"]) == (5, 7, 9, -3)
    assert (values["step_part"], values["after_ms"], values["volume"], values["reverb"]) == (0.5, 2000, 0.6, 80)
    assert (values["level_given"], values["best_optional"], values["order"]) == (True, True, "")
    values = playing_values(parse("-lsort", "hz=asc"))
    assert (values["level_given"], values["best_optional"]) == (False, False)
    assert values["best"].text == "hz=asc"
    assert values["sort"].text == "hz=asc"


@pytest.mark.parametrize("flag", ["sort", "overlap", "overlapp"])
def test_an_order_says_when_samples_begin(flag):
    word = "hz" if flag == "sort" else "1"
    with pytest.raises(UsageError, match=f"argument -{flag}: has no effect with -order"):
        playing_values(parse("-order", "at", f"-{flag}", word))
    assert playing_values(parse(f"-{flag}", word))["order"] == ""
    assert playing_values(parse("-order", "at", "-lim", "3"))["order"] == "at"


def test_what_is_left_out_and_why():
    args = parse("-lim", "5", "-sort", "hz=desc=0.5")
    assert left_out(1234, 5, args) == ", 1,229 left out by -lim 5"
    assert left_out(12, 6, args) == ", 6 left out by -sort hz=desc=0.5"
    assert left_out(5, 5, args) == ""
