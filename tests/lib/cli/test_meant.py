"""What a word that cannot be read probably means."""

from lib.cli.meant import flag_meant, number_meant
from tests.support.each import each

FLAGS = ("in", "out", "o", "threads", "thread", "h", "max")


@each(
    ("word", "meant"),
    [
        ("-IN", "in"), ("in", "in"), ("/out", "out"), ("--Out=x", "out"), ("-out:x", "out"),  # a flag's own name
        ("help", "h"), ("-?", "h"), ("-H", "h"), ("Help", "h"), ("/help", "h"),  # how others are asked for help
        ("-treads", "threads"), ("-threadss=2", "threads"),  # nearly a flag's name
        ("-infile", "in"), ("-threadcountandmore", "thread"),  # a flag, and its value: the longest one
        ("-x", ""), ("treads", ""), ("infile", ""),  # of one letter, or without a dash: nothing is meant
    ],
)  # fmt: skip
def test_the_flag_that_is_meant(word, meant):
    assert flag_meant(word, FLAGS) == (f": did you mean -{meant}?" if meant else "")


@each("dash", "\u2010\u2011\u2012\u2013\u2014\u2212")
def test_another_dash_is_shown(dash):
    assert flag_meant(f"{dash}in", FLAGS) == f": did you mean -in? Its dash is {dash!r}"
    assert flag_meant(f"{dash}nosuch", FLAGS) == ""


@each(
    ("word", "meant"),
    [
        ("0,5", "0.5"), ("80ms", "80"), ("-3 dB", "-3"), ("440HZ", "440"), (" 12px ", "12"), ("\u22121,5", "-1.5"),
        ("1.234,5", ""), ("1,234,5", ""), ("12 cm", ""), ("x", ""), ("", ""),
    ],
)  # fmt: skip
def test_the_number_that_is_meant(word, meant):
    assert number_meant(word, float) == (f": did you mean {meant}?" if meant else "")


def test_a_number_of_another_kind_is_not_meant():
    assert number_meant("80,5ms", int) == ""
    assert number_meant("80ms", int) == ": did you mean 80?"
