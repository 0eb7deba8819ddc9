"""Names of samples as files: their parts, their lengths in bytes, and how equal ones are told apart."""

from lib.pack.names import safe_part, sample_name, unlike
from tests.support.each import each


@each(
    ("text", "part"),
    [
        ("a b.c/d\\e:f*g?h", "a-b-c-d-e-f-g-h"), ("C#4+x-y_z", "C#4+x-y_z"), ("  -_a_-  ", "a"), ("...", ""),
        ("\u00e9t\u00e9 \u00fc\u0308", "ete-u"), ("\u6f22\u5b57 \u0436", "\u6f22\u5b57-\u0436"), ("a\u0301", "a"),
        ("\udcffa", "a"), ("", ""),
    ],
)  # fmt: skip
def test_what_stays_of_a_text(text, part):
    assert safe_part(text) == part


@each(
    ("text", "part"),
    [
        ("x" * 60, "x" * 60), ("x" * 61, "x" * 60),
        ("\u6f22" * 20, "\u6f22" * 20), ("\u6f22" * 21, "\u6f22" * 20),  # three bytes each
        ("x" + "\u6f22" * 20, "x" + "\u6f22" * 19),  # half a character is none
        ("x" * 59 + " y", "x" * 59),
    ],
)  # fmt: skip
def test_a_part_has_sixty_bytes_at_most(text, part):
    assert safe_part(text) == part
    assert safe_part("abcdef", 3) == "abc"


def test_a_name_has_four_digits_or_as_many_as_all_have():
    assert sample_name(7, 9999, "a.wav", "", 1, "", ".wav") == "0007_a_1ms.wav"
    assert sample_name(7, 10_000, "a.wav", "", 1, "", ".wav") == "00007_a_1ms.wav"
    assert sample_name(12, 12, "b/c d.mp4", "C#4", 120.4, "kick 1", ".ogg") == "0012_c-d_C#4_120ms_kick-1.ogg"
    assert sample_name(12, 12, "b\\c.mp4", "", 120.6, "", ".ogg") == "0012_c_121ms.ogg"
    assert sample_name(1, 1, "...", "", 0, "?", ".ogg") == "0001_0ms.ogg"


def test_equal_names_are_numbered_whatever_their_capitals():
    assert unlike(["a.wav", "A wav", "b", "a-wav", "?"], ".txt") == [
        "source-a-wav.txt", "source-A-wav-2.txt", "source-b.txt", "source-a-wav-3.txt", "source-source.txt",
    ]  # fmt: skip
    # A name that looks like a numbered one takes its place.
    assert unlike(["a-2", "a", "a"], "") == ["source-a-2", "source-a", "source-a-3"]
    assert unlike([], ".txt") == []
