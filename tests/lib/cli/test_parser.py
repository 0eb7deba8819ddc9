"""How words become flags and values."""

import pytest

from lib.cli.parser import Parser, UsageError
from lib.cli.readers import integer
from tests.support.each import each


@pytest.fixture
def parser():
    flags = Parser("x", "x.py -in a")
    flags.prog = "x.py"
    flags.flag("in", None, "what", required=True)
    flags.flag("count", 5, "how many", kind=integer)
    flags.flag("kind", "a", "which", choices=("a", "b"))
    flags.switch("fast", "quickly")
    return flags


@each(
    ("words", "values", "given"),
    [
        (["-in", "a"], ("a", 5, "a", False), {"in"}),
        (["-in", "-a", "-count=7"], ("-a", 7, "a", False), {"in", "count"}),
        (["--in", "a", "--fast"], ("a", 5, "a", True), {"in", "fast"}),
        (["--in=a=b", "-kind", "b", "-count", "-3"], ("a=b", -3, "b", False), {"in", "kind", "count"}),
        (["-in", "a", "-in", "b"], ("b", 5, "a", False), {"in"}),
        (["-in", "--x=y"], ("--x=y", 5, "a", False), {"in"}),
        (["-in="], ("", 5, "a", False), {"in"}),
    ],
)
def test_words_are_read(parser, words, values, given):
    args = parser.parse_args(words)
    assert (args.input, args.count, args.kind, args.fast) == values
    assert args.given == given


@each(
    ("words", "said"),
    [
        (["-count", "7"], "the following arguments are required: -in"),
        (["-in"], "argument -in: its value is missing"),
        (["-in", "-fast"], "argument -in: its value is missing"),
        (["-in", "a", "-kind", "c"], "argument -kind: 'c' is not one of a, b"),
        (["-in", "a", "-fast=1"], "argument -fast: takes no value, such as '1'"),
        (["x", "y", "-fast"], "unexpected arguments x y: did you mean -in x?"),
        (
            ["-in", "a", "b", "c", "-fast"],
            'unexpected arguments b c: a value with spaces needs quotes, as in -in "a b c"',
        ),
        (["-in", "a", "b", "-c"], 'b -c: a value with spaces needs quotes, as in -in "a b"'),
        (["-count", "7", "x"], 'a value with spaces needs quotes, as in -count "7 x"'),
        (["-fast", "x"], "unexpected argument x: did you mean -in x?"),
        (["-in", "a", "-fast", "x"], "unexpected argument x (-h lists"),
        (["-in", "a", "here"], "here: -in takes one name; is it a pattern without its quotes"),
        (["-count", "7", "here"], 'a value with spaces needs quotes, as in -count "7 here"'),
        (["-in", "a", "-zzzz"], "unknown flag -zzzz (-h lists"),
        (["-in", "a", "-cout", "3"], "unknown flag -cout: did you mean -count?"),
    ],
)
def test_words_that_cannot_be_read(parser, words, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").touch()
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(words)
    assert ended.value.code == 2
    line = capsys.readouterr().err
    assert line.startswith("x.py: ")
    assert line.endswith(" (-h lists the flags)\n")
    assert said in line


def test_a_script_without_an_input_means_none(capsys):
    flags = Parser("x")
    flags.flag("out", "", "where")
    with pytest.raises(SystemExit):
        flags.parse_args(["word"])
    assert "unexpected argument word (-h" in capsys.readouterr().err


def test_words_of_the_process_are_the_default(parser, monkeypatch):
    monkeypatch.setattr("sys.argv", ["x.py", "-in", "b"])
    assert parser.parse_args().input == "b"
    monkeypatch.setattr("sys.argv", ["x.py", "-in", "b"])
    assert parser.parse_args(["-in", "c"]).input == "c"


def test_the_help(parser):
    text = parser.format_help()
    assert text.startswith("usage: x.py -in IN [-FLAG VALUE ...]\n")
    assert text.endswith("example:\n  x.py -in a\n")
    lines = {line.split()[0]: " ".join(line.split()[1:]) for line in text.splitlines() if line.startswith("  -")}
    assert lines["-in"] == "IN what (required)"
    assert lines["-count"] == "COUNT how many (default: 5)"
    assert lines["-kind"] == "KIND which (default: a)"
    assert lines["-fast"] == "quickly"
    assert Parser("x").format_help().count("example") == 0


def test_flags_as_declared(parser):
    assert [(f.name, f.default, f.choices, f.required) for f in parser.flags.values()] == [
        ("in", None, (), True), ("count", 5, (), False), ("kind", "a", ("a", "b"), False), ("fast", False, (), False)
    ]  # fmt: skip
    assert parser.flags["fast"].kind is None
    assert parser.keeps.startswith("nothing is lost")
    assert str(UsageError("in", "is odd")) == "argument -in: is odd"
