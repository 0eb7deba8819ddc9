"""Sequences: parts one after the other, crossfades, loudness, chapters, cues."""

import os
import shutil
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

import make_sequence
from lib.audio.programme import measure
from lib.audio.reader import AudioReader
from lib.io.owners import claim_folder, hold_folder
from lib.tables.table import Table, read_table, write_table
from lib.video import sequence
from lib.video.cue_sheet import Cue, write_cues
from lib.video.planes import RGB
from lib.video.sequence_streams import Part, begins_of, joined_pictures, joined_sound, sound_frames
from lib.video.writer import VideoWriter, is_lossless
from tests.support.media_factory import tone, write_wav
from tests.support.scripts import status_of

SIZE, FPS = (64, 36), Fraction(10)


def grey_film(path, levels, sound=None):
    """A film of 10 pictures a second, of one grey each; sound: a wav file."""
    with VideoWriter(str(path), SIZE, FPS, len(levels), "high", RGB, str(sound or ""), "ffv1") as film:
        for level in levels:
            film.write(bytes([level]) * (SIZE[0] * SIZE[1] * 3))


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    """One of 20 pictures (grey 40) with a tone of -26 dBFS, one of 30 (grey 200) of -46, one of 10 without sound."""
    folder = tmp_path_factory.mktemp("sequence")
    for name, level, count, db in (("one", 40, 20, -20), ("two", 200, 30, -40), ("three", 100, 10, None)):
        sound = None
        if db is not None:
            sound = folder / f"{name}.wav"
            write_wav(sound, (10 ** (db / 20) * tone(1000, count / 10)).astype(np.float32), rate=22_050)
        grey_film(folder / f"{name}.mkv", [level] * count, sound)
    return folder


def main(*words):
    return status_of(make_sequence.main, [str(word) for word in words])


def listed(films, *pieces, **columns):
    cells = {"piece": [str(films / piece) if piece.endswith("mkv") else piece for piece in pieces], **columns}
    write_table(Table.of(cells), "list.csv")
    return ("-in", "list.csv", "-out", "o/s.mkv", "-codec", "ffv1")


def seen(path="o/s.mkv"):
    with av.open(path) as film:
        return [frame.to_ndarray(format="rgb24").mean() for frame in film.decode(video=0)]


def heard(path="o/s.mkv"):
    with AudioReader(path, 48_000, 2) as reader:
        return np.concatenate(list(reader.blocks()))


@pytest.mark.slow
def test_cuts_and_lengths(films, workplace, capsys):
    words = listed(films, "one.mkv", "two.mkv", "three.mkv", title=["First", "", "Third"])
    assert main(*words, "-probe") == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split()[1:5:2] for line in said[:3]] == [["2.000", "0"], ["3.000", "2000"], ["1.000", "5000"]]
    assert said[3] == "6.000 s (0:00:06), pieces: 3"
    assert not Path("o").exists()
    assert main(*words) == 0
    assert "o/s.mkv: 6.000 s (0:00:06), pictures: 60, pieces: 3" in capsys.readouterr().out
    assert seen() == [40] * 20 + [200] * 30 + [100] * 10
    assert len(heard()) == 6 * 48_000
    with av.open("o/s.mkv") as film:
        chapters = [(c["start"] * c["time_base"], c["metadata"]["title"]) for c in film.chapters()]
    assert chapters == [(0, "First"), (2, "two"), (5, "Third")]
    cues = read_table("o/s.cues.csv")
    assert list(zip(*(cues.text(name) for name in ("time", "length")))) == [
        ("0", "2000"), ("2000", "3000"), ("5000", "1000")
    ]  # fmt: skip
    assert main(*words) == 0
    assert "o/s.mkv: already exists" in capsys.readouterr().out
    assert main(*words, "-crossfade", "100") == 1
    assert "with other settings: choose another -out, or give -overwrite" in capsys.readouterr().err
    assert main(*words, "-crossfade", "100", "-overwrite") == 0
    assert len(seen()) == 58


def test_a_crossfade_of_pictures():
    """Over four pictures the shares of the second are 1/8, 3/8, 5/8, 7/8."""
    one, two = (np.full((2, 2, 3), level, np.uint8) for level in (0, 80))
    parts = [Part("", 6, 0, one), Part("", 7, 4, two), Part("", 3, 2, one)]
    assert begins_of(parts) == [0, 2, 7, 10]
    found = [picture[0, 0, 0] for picture in joined_pictures(parts, (2, 2), FPS)]
    assert found == [0, 0, 10, 30, 50, 70, 80, 60, 20, 0]


@pytest.mark.parametrize(
    ("size", "filled"),
    [((64, 48), (0, 0, 64, 48)), ((64, 96), (0, 24, 64, 48)), ((32, 40), (0, 8, 32, 24)), ((100, 48), (18, 0, 64, 48))],
)
def test_a_film_fits_into_the_sequence_on_black(tmp_path, size, filled):
    with VideoWriter(str(tmp_path / "f.mkv"), (64, 48), FPS, 1, "high", RGB, "", "ffv1") as film:
        film.write(bytes([200]) * (64 * 48 * 3))
    (picture,) = joined_pictures([Part(str(tmp_path / "f.mkv"), 1)], size, FPS)
    left, top, width, height = filled
    expected = np.zeros((size[1], size[0], 3))
    expected[top : top + height, left : left + width] = 200
    assert (picture == expected).all()


def test_a_crossfade_of_sound_keeps_its_power(films):
    """The tones are of one phase where they meet (an integer number of periods): sin + cos of the fade, by hand."""
    parts = [Part(str(films / "one.mkv"), 20, heard=True), Part(str(films / "two.mkv"), 30, 10, gain=10.0, heard=True)]
    sound = np.concatenate(list(joined_sound(parts, FPS)))
    assert sound.shape == (48_000 * 4, 2)
    level = lambda a, b: np.sqrt(2 * np.mean(sound[int(48_000 * a) : int(48_000 * b), 0] ** 2))  # noqa: E731
    assert level(0.2, 0.9) == pytest.approx(0.05, rel=0.01)
    assert level(2.2, 3.9) == pytest.approx(0.05, rel=0.01)
    for at in (1.25, 1.5, 1.75):
        angle = (at - 1) * np.pi / 2
        assert level(at - 0.01, at + 0.01) == pytest.approx(0.05 * (np.sin(angle) + np.cos(angle)), rel=0.02)


@pytest.mark.parametrize("codec", ["h264", "ffv1"])
def test_the_sound_is_as_long_as_the_film_with_its_credits(films, tmp_path, codec):
    """Two seconds of a film, and one and a half of credits. Copied AAC is not continued when the film is written."""
    parts = [Part(str(films / "one.mkv"), 20, heard=True)]
    settings = sequence.SequenceSettings(codec=codec)
    sound = heard(sequence._write_sound(parts, str(tmp_path), "s.mp4", settings, FPS, sound_frames(35, FPS)))
    assert len(sound) == pytest.approx(3.5 * 48_000, abs=1024)
    assert np.abs(sound[: 2 * 48_000]).max() > 0.05
    assert np.abs(sound[int(2.1 * 48_000) :]).max() < 1e-3


@pytest.mark.slow
@pytest.mark.parametrize(("lufs", "wanted"), [((), -30.0), (("-lufs", "-25"), -25.0)])
def test_pieces_are_equally_loud(films, workplace, lufs, wanted):
    """Tones of -26 and -46 dBFS: 20 dB apart, so that the mean is 10 dB from both."""
    assert main(*listed(films, "one.mkv", "two.mkv"), *lufs) == 0
    sound = heard()
    one, two = (measure([part], 48_000)[0] for part in (sound[: 2 * 48_000], sound[2 * 48_000 :]))
    assert one == pytest.approx(two, abs=0.2)
    if lufs:
        assert one == pytest.approx(wanted, abs=0.2)
    else:
        with AudioReader(str(films / "one.mkv"), 48_000, 2) as reader:
            assert one == pytest.approx(measure(reader.blocks(), 48_000)[0] - 10, abs=0.2)


@pytest.mark.slow
def test_peaks_are_below_full_scale_and_pieces_stay_even(films, workplace):
    """A tone cannot be louder than its peak lets it: -1.5 dBTP, before a codec."""
    assert main(*listed(films, "one.mkv", "two.mkv"), "-lufs", "5") == 0
    loud = [np.abs(heard()[int(a * 48_000) : int(b * 48_000)]).max() for a, b in ((0.2, 1.8), (2.2, 4.8))]
    assert loud == pytest.approx([10 ** (-1.5 / 20)] * 2, rel=0.02)


@pytest.mark.slow
def test_titles_and_credits(films, workplace, capsys):
    Path("t.md").write_text("# Evening\n\nof films", "utf-8")
    Path("c.md").write_text("# Sources\n\n" + "**Film**  \nAnn\n\n" * 30, "utf-8")
    words = listed(films, "t.md", "one.mkv", seconds=["1.5", ""], crossfade=["", "500"])
    assert main(*words, "-credits", "c.md") == 0
    said = capsys.readouterr().out
    count = int(said.split("pictures: ")[1].split(",")[0])
    pictures = seen()
    assert len(pictures) == count > 15 + 20 - 5 + 30
    assert 1 < pictures[0] < 40
    assert pictures[:10] == [pictures[0]] * 10
    assert pictures[15:30] == [40] * 15
    assert max(pictures[-1], pictures[30]) < 1
    assert len(heard()) == pytest.approx(4800 * count, abs=1)
    with av.open("o/s.mkv") as film:
        assert [c["metadata"]["title"] for c in film.chapters()] == ["Evening", "one", "Credits"]


def test_clips_run_on_from_piece_to_piece(films, workplace, capsys, monkeypatch):
    """A title of 6 s and a film of 2 s; a composition of 3 s, each 500 ms before the end of the one before; another, a
    second before that."""
    rendered = []

    def render(row, words, film, overwrite):
        rendered.append((Path(row.path).stem, words[:2], words[-2]))
        shutil.copy(films / "two.mkv", film)
        return True

    monkeypatch.setattr(sequence, "render", render)
    monkeypatch.setattr(sequence, "length_of", lambda row, words: 3.0)
    monkeypatch.setattr(sequence, "_write", lambda *words: Path("s.mkv").write_bytes(b""))
    Path("t.md").write_text("# T", "utf-8")
    rows = {"piece": ["t.md", str(films / "one.mkv"), "waves", "orbits"], "crossfade": ["", "", "", "1000"]}
    write_table(Table.of(rows), "list.csv")
    words = ("-in", "list.csv", "-out", "s.mkv", "-crossfade", "500")
    assert main(*words, "-probe") == 0
    assert [line.split()[3] for line in capsys.readouterr().out.splitlines()[:4]] == ["0", "5500", "7000", "9000"]
    assert rendered == []
    assert main(*words) == 0
    assert [(name, offset) for name, offset, _ in rendered] == [("waves", ["-io", "7000"]), ("orbits", ["-io", "9000"])]
    assert [Path(film).name for *_, film in rendered] == ["03-waves.mkv", "04-orbits.mkv"]
    assert all(is_lossless("h264", film) for *_, film in rendered)  # their sound is encoded once more


@pytest.mark.slow
def test_cue_sheets_of_pieces_are_joined(films, workplace):
    for name in ("one.mkv", "two.mkv"):
        Path(name).write_bytes((films / name).read_bytes())
    write_cues("two.mkv", [Cue(250, 100, "a.mp4", 7, 0.5)], 3000)
    write_table(Table.of({"piece": ["one.mkv", "two.mkv"]}), "list.csv")
    assert main("-in", "list.csv", "-out", "s.mkv", "-codec", "ffv1", "-crossfade", "500") == 0
    cues = read_table("s.cues.csv")
    rows = list(zip(*(cues.text(name) for name in ("time", "length", "filename", "start", "volume"))))
    assert rows == [("0", "1500", "one.mkv", "0", "1"), ("1750", "100", "a.mp4", "7", "0.5")]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"piece": ["gone.mkv"]}, "gone.mkv: there is no such file (line 2)"),
        ({"piece": ["one.mkv"], "seconds": ["x"]}, "line 2: seconds is 'x'"),
        (
            {"piece": ["one.mkv"], "title": ["One"], "seconds": [" and all"]},
            "leave it empty (is a separator before it missing its quotes?)",
        ),
        ({"piece": ["a"], "title": [" b.mkv"]}, 'a, b.mkv: is not in quotes in line 2: write "a, b.mkv"'),
        ({"piece": ["one.mkv"], "flags": ["-a"]}, "one.mkv takes no flags: only compositions do"),
        ({"piece": ["waves"], "flags": ["-a 'b"]}, "flags cannot be read"),
        ({"piece": [""]}, "lists no piece"),
        ({"film": ["one.mkv"]}, "has no column 'piece'; its columns are: film. A sequence is a table: in each row of "),
        ({"piece": ["one.mkv", "one.mkv"], "crossfade": ["", "9000"]}, "too short for its crossfades"),
        ({"piece": ["one.wav"]}, "has no picture"),
    ],
)
def test_what_is_wrong_with_a_list(films, workplace, capsys, cells, said):
    for name in ("one.mkv", "one.wav"):
        Path(name).write_bytes((films / name).read_bytes())
    shutil.copy("one.mkv", "a, b.mkv")
    write_table(Table.of(cells), "list.csv")
    assert main("-in", "list.csv", "-out", "s.mkv") == 1
    assert said in capsys.readouterr().err
    assert not Path("s.mkv").exists()


def test_a_film_in_place_of_a_sequence(films, capsys):
    for given, what in ((films / "one.mkv", "is media"), (films, "is a folder")):
        assert main("-in", given, "-out", "s.mkv") == 1
        assert f"{given}: {what}, not a table. A sequence is a table: in each row of" in capsys.readouterr().err


def test_seconds_of_a_film_are_told_to_have_no_effect(films, workplace, capsys):
    words = listed(films, "three.mkv", seconds=["0.5"])
    assert main(*words) == 0
    said = f"list.csv: line 2: {films / 'three.mkv'} is shown whole: only titles have seconds\n"
    assert capsys.readouterr().out.startswith(said)
    assert len(seen()) == 10


def test_a_list_is_needed(capsys):
    assert main() == 2
    assert "-in" in capsys.readouterr().err


def test_nothing_is_rendered_for_a_film_that_cannot_be_made(workplace, capsys, monkeypatch):
    monkeypatch.setattr(sequence, "render", lambda *job: pytest.fail("rendered"))
    write_table(Table.of({"piece": ["waves"]}), "list.csv")
    words = ("-in", "list.csv", "-out", "s.mkv")
    claim_folder("tmp/sequence/s", sequence.HOLDS)
    with hold_folder("tmp/sequence/s"):
        assert main(*words) == 1
    assert "tmp/sequence/s: another run is writing here" in capsys.readouterr().err
    Path("s.mkv").write_bytes(b"mine")
    assert main(*words) == 1
    assert "s.mkv: already exists, and was not made by this tool" in capsys.readouterr().err


def test_someones_film_stays(films, workplace):
    words = listed(films, "three.mkv")
    os.makedirs("o")
    Path("o/s.mkv").write_bytes(b"mine")
    assert main(*words) == 1
    assert Path("o/s.mkv").read_bytes() == b"mine"
