"""The flags of films: rates, codecs and their files, previews, what an interrupted search for cuts keeps."""

import argparse
from fractions import Fraction
from pathlib import Path

import pytest

from lib import EVERYTHING
from lib.cli import films
from lib.cli.films import CODECS, DETECTORS, check_codec, kept_cuts, loudness, preview_size, rate
from lib.cli.parser import WHOLE_FILES, UsageError
from lib.video import scenes
from tests.support.each import each


@each(
    ("word", "fps"),
    [("24", 24), ("23.976", Fraction(23976, 1000)), ("30000/1001", Fraction(30000, 1001)), ("1000", 1000),
     ("0.001", Fraction(1, 1000)), ("1/2", Fraction(1, 2))],
)  # fmt: skip
def test_rates(word, fps):
    assert rate(word) == fps


@each("word", ["0", "-1", "1/0", "x", "", "1000.001", "1001", "30:1"])
def test_other_rates_are_refused(word):
    with pytest.raises(argparse.ArgumentTypeError, match="give pictures per second"):
        rate(word)


@each(("word", "good"), [("-70", True), ("10", True), ("-70.1", False), ("10.5", False), ("-14", True)])
def test_loudness_is_from_70_below_to_10(word, good):
    if good:
        assert loudness(word) == float(word)
    else:
        with pytest.raises(argparse.ArgumentTypeError):
            loudness(word)


@each(
    ("size", "small"),
    [((1920, 1080), (480, 270)), ((1280, 720), (320, 180)), ((7, 8), (2, 2)), ((1, 15), (2, 2)), ((16, 23), (4, 4)),
     ((24, 31), (6, 6)), ((100, 36), (24, 8))],
)  # fmt: skip
def test_a_preview_has_a_quarter_of_each_side_in_even_numbers(size, small):
    assert preview_size(*size) == small


@each("ending", [".mp4", ".m4v", ".mov", ".mkv", ".MOV", ".MKV"])
@each("codec", CODECS)
def test_codecs_go_into_their_files(codec, ending):
    holders = {"prores": (".mov", ".mkv"), "ffv1": (".mkv",)}
    if ending.lower() in holders.get(codec, (ending.lower(),)):
        check_codec(codec, f"a.b{ending}")
    else:
        with pytest.raises(UsageError, match=f"-codec: {codec} goes into .*not into {ending.lower()}"):
            check_codec(codec, f"a.b{ending}")


def test_parts_of_films_are_kept_where_there_is_a_folder_for_them(monkeypatch):
    assert set(DETECTORS) == set(scenes.DETECTORS)
    monkeypatch.setattr(films, "cache_folder", lambda: Path("x"))
    assert kept_cuts("adaptive") == EVERYTHING
    assert kept_cuts("mean") == WHOLE_FILES
    monkeypatch.setattr(films, "cache_folder", lambda: None)
    assert kept_cuts("adaptive") == WHOLE_FILES
