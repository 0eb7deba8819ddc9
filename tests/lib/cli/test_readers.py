"""What each reader of a flag's value takes and refuses."""

import argparse

import pytest

from lib import cli
from lib.cli.pictures import present_columns
from lib.errors import MediaError
from lib.tables.query_language import parse_filter
from tests.support.each import each

SOUNDS = (".mp3", ".wav")
TAKEN = [
    (cli.integer, "-7", -7),
    (cli.real, "1e3", 1000.0),
    (cli.positive, "1", 1),
    (cli.not_negative, "0", 0),
    (cli.at_least_0, "0", 0.0),
    (cli.between(1, 3), "3", 3),
    (cli.real_between(0, 1), "0.25", 0.25),
    (cli.real_between(0, 1), "0", 0.0),
    (cli.real_between(0, 1), "1", 1.0),
    (cli.pair(0, 1), "0,0", (0.0, 0.0)),
    (cli.pair(0, 1), "1,1", (1.0, 1.0)),
    (cli.pair(0.5), "0.5,1e9", (0.5, 1e9)),
    (cli.count_or_all, "-1", -1),
    (cli.limit, "5", 5),
    (cli.log_base, "1", 1),
    (cli.one_of(["up", "down"]), "down", "down"),
    (cli.inches, "16,8.5", (16.0, 8.5)),
    (cli.column, " a", " a"),
    (cli.columns, "a, b ,c", ("a", "b", "c")),
    (cli.one_or_two_columns, "hz", ("hz",)),
    (cli.one_or_two_columns, "hz,power", ("hz", "power")),
    (cli.two_columns, " tsne , tsne2", ("tsne", "tsne2")),
    (cli.output(SOUNDS, "audio files"), "a.b/%s.MP3", "a.b/%s.MP3"),
    (cli.output(SOUNDS, "audio files", optional=True), "", ""),
    (cli.address, "https://archive.org/", "https://archive.org"),
    (cli.cluster_address, "tcp://scheduler:8786", "tcp://scheduler:8786"),
    (cli.cluster_address, " 10.0.0.1:8786", "10.0.0.1:8786"),
    (cli.cluster_address, "tls://[::1]:65535", "tls://[::1]:65535"),
    (cli.cluster_address, "", ""),
    (cli.plain_name, "a b.c", "a b.c"),
    (cli.file_name, " a/", " a/"),
    (cli.folder, "songs.d", "songs.d"),
    (cli.folder, "a.wav/", "a.wav/"),
    (cli.table, "tmp/%s.CSV", "tmp/%s.CSV"),
    (cli.optional_table, "", ""),
]
REFUSED = [
    (cli.pair(0, 1), ["-0.1,0.5", "1.1,0.5", "0.5,-0.1", "0.5,1.1"], "give numbers from 0 to 1"),
    (cli.pair(0.5), ["0.4,1", "1,0.4"], "give numbers that are 0.5 or more"),
    (cli.pair(), ["1", "1,2,3", "x,1", ""], "give two numbers joined by a comma"),
    (cli.integer, ["1.5", "", "x"], "is not an integer"),
    (cli.real, ["x", ""], "is not a number"),
    (cli.real, ["nan", "inf", "-inf"], "give a finite number"),
    (cli.positive, ["0", "-1"], "give 1 or more"),
    (cli.not_negative, ["-1"], "give 0 or more"),
    (cli.at_least_0, ["-0.1"], "0 or more"),
    (cli.between(1, 3), ["0", "4"], "give an integer from 1 to 3"),
    (cli.real_between(0, 1), ["-0.1", "1.01"], "give a number from 0 to 1"),
    (cli.count_or_all, ["0", "-2"], "-1 for all cores"),
    (cli.limit, ["0", "-2"], "-1 for no limit"),
    (cli.log_base, ["-1"], "1 for the natural logarithm"),
    (cli.one_of(["up", "down"]), ["Up", "", "left"], "is not one of up, down"),
    (cli.inches, ["16", "16,0", "16,nan", "201,8", "a,b", "1,2,3"], "give width and height in inches"),
    (cli.column, ["", "  "], "give the name of a column"),
    (cli.columns, ["", "a,", "a,,b"], "give columns joined by commas"),
    (cli.one_or_two_columns, ["", "a,", "a,b,c"], "give one column, or two"),
    (cli.two_columns, ["gridX", "gridX,", "a,b,c", "a,a", ""], "give two columns"),
    (cli.output(SOUNDS, "audio files"), ["", "a", "mp3", ".mp3", "a.mp3/", "a.mp4"], "audio files end in .mp3, .wav"),
    (
        cli.cluster_address,
        [
            "nonsense",
            "tcp://",
            "tcp://scheduler",
            "tcp://:8786",
            "tcp://scheduler:",
            "tcp://scheduler:0",
            "x:65536",
            "http://scheduler:8787",
            "https://scheduler:8787/status",
            "teapot://x:1",
            "tcp://scheduler:8786/x",
            "x:1e3",
        ],
        "is not the address of a Dask scheduler",
    ),
    (cli.address, ["archive.org", "ftp://archive.org", "http://", ""], "is not the address of a server"),
    (cli.plain_name, ["", ".", "..", "a/b", "/"], "give a plain name"),
    (cli.file_name, ["", " "], "give the name of a file or folder"),
    (cli.folder, ["", " "], "give the name of a file or folder"),
    (cli.folder, ["a.WAV", "b/x.csv", "page.html"], "is the name of a file: give that of a folder, or '"),
    (cli.folder, ["pack/%s.wav", "%s"], "without %s"),
    (cli.table, ["", " "], "give the name of a file or folder"),
    (cli.optional_table, ["a.mp3", "a.csv.xlsx"], "tables end in"),
]


@each(("reader", "word", "value"), TAKEN)
def test_what_is_taken(reader, word, value):
    assert reader(word) == value
    assert type(reader(word)) is type(value)


@each(("reader", "words", "said"), REFUSED)
def test_what_is_refused(reader, words, said):
    for word in words:
        with pytest.raises(argparse.ArgumentTypeError) as refused:
            reader(word)
        assert said in str(refused.value), word


def test_a_query_is_parsed_and_what_cannot_be_is_wrong_usage():
    read = cli.parsed(parse_filter)
    assert read("a>1&b=x").columns == ["a", "b"]
    assert not read("")
    with pytest.raises(argparse.ArgumentTypeError, match="cannot read the part 'b'"):
        read("a>1&b")


def test_of_a_default_only_the_columns_that_are_there_are_taken():
    assert present_columns("plot", ("a", "b"), ["b", "c"], "a,b", "t.csv") == ["b"]
    assert present_columns("plot", ("a", "c"), ["b", "c"], "a,b", "t.csv") == ["a", "c"]
    with pytest.raises(MediaError, match="none of the columns a,b: name others with -plot, of c"):
        present_columns("plot", ("a", "b"), ["c"], "a,b", "t.csv")


@each(
    ("word", "meant"),
    [("0,5", "0.5"), ("−0,5", "-0.5"), ("-16 dB", "-16"), ("440Hz", "440"), ("1s", ""), ("1,2,3", "")],
)
def test_the_number_that_is_probably_meant_is_shown(word, meant):
    with pytest.raises(argparse.ArgumentTypeError) as failure:
        cli.real(word)
    assert str(failure.value) == f"{word!r} is not a number" + (f": did you mean {meant}?" if meant else "")


@pytest.mark.parametrize("word", ["“x.png”", "'x.png'"])
def test_quotation_marks_around_an_output_are_told(word):
    with pytest.raises(
        argparse.ArgumentTypeError, match=r"pictures end in \.png, without quotation marks in their names"
    ):
        cli.output((".png",), "pictures")(word)
    with pytest.raises(argparse.ArgumentTypeError, match=r"pictures end in \.png$"):
        cli.output((".png",), "pictures")("x.gif")


SOUNDS = cli.output([".mp3"], "sounds"), cli.output([".mp3"], "sounds", optional=True)
PLACES = [cli.place, *SOUNDS, cli.folder, cli.table, cli.optional_table]


@each("read", PLACES)
@each("first", ["~", "$HOME", "${HOME}", "%USERPROFILE%", "$OWN_PLACE", "~someone"])
def test_a_folder_that_a_shell_left_in_quotes_is_not_made(read, first, monkeypatch):
    monkeypatch.setenv("OWN_PLACE", "/x")
    monkeypatch.setattr("os.path.expanduser", lambda word: word.replace("~someone", "/home/someone"))
    ending = "" if read is cli.folder else ".mp3" if read in SOUNDS else ".csv"
    with pytest.raises(argparse.ArgumentTypeError, match="write its whole name"):
        read(f"{first}/x{ending}")
    for word in (f"./{first}/x{ending}", f"a{first}/x{ending}", f"~nobody/x{ending}", f"$OTHER_PLACE/x{ending}"):
        assert read(word) == word
