"""The main job: what was sorted can be heard, tables are reused rightly, what fails is one clear line."""

import os
import signal
import subprocess
import sys
import wave
from pathlib import Path

import librosa
import numpy as np
import pytest
from scipy.stats import spearmanr
from soxr import resample

import features_to_audio
import sort_audio
from lib.audio.ranges import read_audio
from lib.audio.sorted_plays import Playing, plays_of, read_played, rows_to_play
from lib.cli.playing import playing_values
from lib.io.files import atomic_path
from lib.tables.table import read_table
from tests.support import film_lab as lab
from tests.support.scripts import status_of

ROOT = Path(__file__).parents[1]
RATE = 22050


def note(hz, seconds=0.3, amplitude=0.3, partials=(1, 0.5, 0.33, 0.25), decay=3.0):
    """A struck note with a short gap after it."""
    time = np.arange(round(seconds * RATE)) / RATE
    waves = sum(a * np.sin(2 * np.pi * (n + 1) * hz * time) for n, a in enumerate(partials) if (n + 1) * hz < 10000)
    attack = np.minimum(1, time / 0.003) * np.minimum(1, (seconds - time) / 0.01)
    return np.concatenate([amplitude * waves * attack * np.exp(-decay * time), np.zeros(RATE // 20)])


def write_wav(path, sounds):
    sound = np.concatenate([np.zeros(RATE // 2), *sounds, np.zeros(RATE // 2)])
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return str(path)


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def sort(*words):
    return sort_audio.main(list(words))


@pytest.mark.slow
def test_sorted_by_hz_the_pitch_rises(workplace):
    midi = np.random.default_rng(1).permutation(np.repeat(np.arange(45, 85), 2))
    path = write_wav(workplace / "shuffled.wav", [note(440 * 2 ** ((m - 69) / 12)) for m in midi])
    assert sort("-in", path, "-sort", "hz=asc", "-out", "sorted.wav") == 0
    y = read_audio("sorted.wav", RATE)
    # An estimate of the pitch that is not ours, over the loud part of the result.
    pitch = librosa.yin(y, fmin=80, fmax=1500, sr=RATE)
    loud = librosa.feature.rms(y=y)[0]
    heard = loud > 0.2 * loud.max()
    assert heard.sum() > 200
    assert spearmanr(np.flatnonzero(heard), pitch[heard]).statistic >= 0.95


@pytest.mark.slow
def test_sorted_by_power_the_level_rises(workplace):
    rng = np.random.default_rng(2)
    levels = rng.permutation(np.geomspace(0.02, 0.6, 120))
    path = write_wav(
        workplace / "levels.wav", [note(h, 0.25, a) for h, a in zip(rng.uniform(200, 500, 120), levels, strict=True)]
    )
    assert sort("-in", path, "-sort", "power=asc", "-out", "sorted.wav") == 0
    y = read_audio("sorted.wav", RATE)
    # Some four clips sound in every half second.
    windows = np.sqrt((y[: len(y) // 11025 * 11025].reshape(-1, 11025) ** 2).mean(axis=1))
    rising = windows[1 : int(np.argmax(windows))]
    assert len(rising) > 20
    assert spearmanr(np.arange(len(rising)), rising).statistic >= 0.95
    # Levelled clips would all be equally loud; here the last is 20 dB and more above the first.
    assert 20 * np.log10(rising[-1] / rising[0]) > 20


def test_sorted_by_length_the_gaps_never_shrink(workplace):
    lengths = np.random.default_rng(3).permutation(np.linspace(0.1, 0.5, 20))
    path = write_wav(workplace / "lengths.wav", [note(262, seconds=s, decay=0.5) for s in lengths])
    assert sort("-in", path, "-sort", "dur=asc", "-out", "sorted.wav") == 0
    args = features_to_audio.parser().parse_args(["-sort", "dur=asc"])
    playing = Playing(**playing_values(args))
    plays, _ = plays_of(rows_to_play(read_played("tmp/sort_audio/lengths.csv", playing), playing), ".", playing)
    gaps = np.diff([play.time_ms for play in plays])
    assert len(gaps) >= 18
    assert (np.diff(gaps) >= 0).all()
    assert gaps[0] < gaps[-1] == 128


@pytest.mark.slow
def test_sorted_by_tsne_instruments_stay_together(workplace):
    rng = np.random.default_rng(4)
    timbres = [  # partials, and how fast they fade: a flute, a reed, a bell, a pluck
        ((1, 0.1, 0.02), 0.5),
        ((1, 0, 0.8, 0, 0.6, 0, 0.5, 0, 0.4), 1.0),
        ((0.6, 0, 0, 0.9, 0, 0, 0, 1), 8.0),
        (tuple(1 / n for n in range(1, 25)), 5.0),
    ]
    order = rng.permutation(np.repeat(np.arange(4), 30))
    hz = 220 * 2 ** (rng.integers(0, 24, len(order)) / 12)
    sounds = [note(h, 0.3, 0.2, *timbres[kind]) for h, kind in zip(hz, order, strict=True)]
    path = write_wav(workplace / "four instruments.wav", sounds)
    assert sort("-in", path, "-sort", "tsne=asc", "-out", "output/%s.wav") == 0
    assert os.path.exists("output/four instruments_tsne=asc.wav")
    table = read_table("tmp/sort_audio/four instruments.csv")
    # A sample is of the note which sounds in its middle; notes begin every 350 ms, after half a second.
    middles = table.all_numbers("start") + table.all_numbers("dur") / 2
    places = np.clip(((middles - 500) / 350).astype(int), 0, len(order) - 1)
    kinds = order[places][np.argsort(table.all_numbers("tsne"), kind="stable")]
    assert len(kinds) >= 100
    assert (kinds[1:] == kinds[:-1]).mean() >= 0.8


@pytest.mark.slow
def test_tables_are_reused_only_for_the_same_input(workplace, capsys):
    low = [note(h) for h in (220, 247, 262)]
    path = write_wav(workplace / "song.wav", low)
    assert sort("-in", path, "-sort", "hz", "-out", "a.wav") == 0
    first = Path("tmp/sort_audio/song.csv").stat().st_mtime_ns
    assert sort("-in", path, "-sort", "hz=desc", "-out", "b.wav") == 0
    assert Path("tmp/sort_audio/song.csv").stat().st_mtime_ns == first
    write_wav(workplace / "song.wav", [*low, note(880)])
    assert sort("-in", path, "-sort", "hz", "-out", "a.wav") == 0
    assert max(read_table("tmp/sort_audio/song.csv").all_numbers("hz")) == pytest.approx(880, rel=0.01)
    assert sort("-in", path, "-sort", "hz", "-out", "a.wav", "-overwrite") == 0
    assert "already done" not in capsys.readouterr().out.splitlines()[-2]


def test_the_same_input_gives_the_same_bytes(workplace):
    path = write_wav(workplace / "song.wav", [note(h) for h in (330, 262, 392, 294)])
    for out, threads in (("a.wav", "1"), ("b.wav", "2")):
        assert sort("-in", path, "-sort", "hz", "-out", out, "-overwrite", "-threads", threads) == 0
    assert Path("a.wav").read_bytes() == Path("b.wav").read_bytes()


@pytest.mark.slow
def test_steps_stop_early_and_a_pattern_takes_several_files(workplace):
    (workplace / "in").mkdir()
    write_wav(workplace / "in" / "it's %s 100%.wav", [note(262), note(330)])
    write_wav(workplace / "in" / "-b\n♫.wav", [note(392)])
    assert sort("-in", "in/*.wav", "-sort", "hz", "-steps", "1", "-uid", "both%s") == 0
    assert set(read_table("tmp/sort_audio/both_s.csv").text("filename")) == {"it's %s 100%.wav", "-b\n♫.wav"}
    assert not Path("output").exists()
    assert sort("-in", "in/*.wav", "-sort", "hz", "-uid", "both%s") == 0
    assert Path("output/both_s_hz.mp3").stat().st_size > 1000


@pytest.mark.slow
def test_plot_saves_a_picture_of_what_is_sorted(workplace, monkeypatch, capsys):
    monkeypatch.delenv("DISPLAY", raising=False)
    path = write_wav(workplace / "song.wav", [note(h) for h in (330, 262, 392, 294)])
    assert sort("-in", path, "-sort", "hz", "-steps", "2", "-plot") == 0
    said = capsys.readouterr().out
    pictures = list(Path("output").glob("*.png"))
    assert len(pictures) == 1
    assert str(pictures[0]) in said


@pytest.mark.slow
def test_plot_saves_the_spectrogram_before_and_after(workplace, monkeypatch, capsys):
    monkeypatch.delenv("DISPLAY", raising=False)
    path = write_wav(workplace / "song.wav", [note(h) for h in (330, 262, 392, 294)])
    Path("output").mkdir()
    Path("output/song_hz_spectrogram.png").write_text("mine")
    assert sort("-in", path, "-sort", "hz", "-plot") == 0
    said = capsys.readouterr().out
    assert "output/song_hz_spectrogram-2.png" in said
    assert Path("output/song_hz_spectrogram.png").read_text() == "mine"
    first = Path("output/song_hz_spectrogram-2.png").read_bytes()
    assert first.startswith(b"\x89PNG")
    # Again: the same picture, in its place.
    assert sort("-in", path, "-sort", "hz", "-plot") == 0
    assert Path("output/song_hz_spectrogram-2.png").read_bytes() == first
    assert len(list(Path("output").glob("*spectrogram*.png"))) == 2


@pytest.mark.parametrize(("words", "says", "status"), [
    (["-in", "missing.mp3"], "no such file", 1),
    (["-in", "silence.wav"], "no samples were found", 1),
    (["-in", "empty.mp3"], "empty (0 bytes)", 1),
    (["-in", "text.mp3"], "not media", 1),
    (["-in", "nothing/*.mp3"], "no file matches", 1),
    (["-in", "song.wav", "-sort", "colour=asc"], "cannot sort by colour", 2),
    (["-in", "song.wav", "-sort", "hz desc"], "cannot sort by hz desc (in a sort: hz=desc): choose", 2),
    (["-in", "song.wav", "-sort", "hz=up"], "cannot read the part", 2),
    (["-in", "song.wav", "-sort", ""], "cannot sort by nothing", 2),
    (["-in", "song.wav", "-uid", "a/b"], "plain name", 2),
    (["-in", "song.wav", "-sort", "hz", "-out", "song.txt"], "song.txt", 2),
    (["-in", "song.wav", "-sort", "hz", "-out", "song.wav/x.mp3"], "song.wav", 1),
])  # fmt: skip
def test_what_cannot_be_done_is_one_clear_line(workplace, capsys, words, says, status):
    write_wav(workplace / "song.wav", [note(262)])
    write_wav(workplace / "silence.wav", [np.zeros(RATE)])
    (workplace / "empty.mp3").touch()
    (workplace / "text.mp3").write_text("This is not sound at all.\n" * 50)
    assert status_of(sort, *words) == status
    said = capsys.readouterr().err.strip().splitlines()
    assert says in said[-1]
    assert "Traceback" not in "".join(said)


def test_wrong_usage_has_status_2(workplace, capsys):
    with pytest.raises(SystemExit) as ended:
        sort("-steps", "4")
    assert ended.value.code == 2
    assert "give an integer from 1 to 3" in capsys.readouterr().err


@pytest.mark.slow
def test_an_interrupted_run_says_so_and_continues(workplace):
    write_wav(workplace / "long.wav", [note(h) for h in np.geomspace(110, 880, 300)])
    command = [sys.executable, ROOT / "sort_audio.py", "-in", "long.wav", "-sort", "hz", "-out", "sorted.wav"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        # The stamp is written when the work begins.
        while not Path("tmp/sort_audio/long.json").exists():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted; finished steps are kept" in said
    assert "Traceback" not in said
    assert not Path("sorted.wav").exists()
    assert sort("-in", "long.wav", "-sort", "hz", "-out", "sorted.wav") == 0
    left = [p.name for p in workplace.rglob("*") if p.name.startswith(".")]
    assert left == []


@pytest.mark.slow
@pytest.mark.parametrize("after", ["features_to_audio", "features_to_video"])
def test_what_an_interrupted_run_has_made_is_its_own(workplace, monkeypatch, after):
    """Interrupted once the sound, or the film, is there: the next run makes them again, under the same names."""
    write_wav(workplace / "a.wav", [note(h) for h in (220, 440)])
    stage = sort_audio.stage

    def interrupted(module, *words):
        if module.__name__ == "features_to_video":
            with atomic_path(words[words.index("-out") + 1]) as part:
                Path(part).write_text("a film")
        else:
            stage(module, *words)
        if module.__name__ == after:
            raise KeyboardInterrupt
        return 0

    with monkeypatch.context() as patch:
        patch.setattr(sort_audio, "stage", interrupted)
        assert sort("-in", "a.wav", "-sort", "hz", "-video") == 130
    made = sorted(path.name for path in Path("output").iterdir())
    assert sort("-in", "a.wav", "-sort", "hz") == 0
    assert sorted(path.name for path in Path("output").iterdir()) == made
    assert [path.name for path in Path("tmp/sort_audio").glob("*.csv")] == ["a.csv"]


@pytest.mark.slow
def test_inputs_of_one_name_share_neither_tables_nor_sound(workplace):
    """Two discs, two formats, and one that comes again keeps what it had."""
    paths = ["disc1/track 01.wav", "disc2/track 01.wav", "song.wav", "song.wave"]
    for n, path in enumerate(paths):
        Path(path).parent.mkdir(exist_ok=True)
        write_wav(workplace / path, [note(262 * (n + 1)), note(300 * (n + 1))])
    for _ in range(2):
        for path in paths:
            assert sort("-in", path, "-sort", "hz", "-out", "o/%s.wav") == 0
    tables = {p.stem: read_table(p).all_numbers("hz")[0] for p in Path("tmp/sort_audio").glob("*.csv")}
    sounds = sorted(p.name for p in Path("o").glob("*.wav"))
    assert len(tables) == len(sounds) == 4
    assert sounds == sorted(f"{name}_hz.wav" for name in tables)
    assert tables["track 01"] == pytest.approx(262, rel=0.02)
    assert tables["song"] == pytest.approx(3 * 262, rel=0.02)
    assert sorted(tables.values()) == pytest.approx([262, 524, 786, 1048], rel=0.02)


def test_tables_of_someones_are_neither_read_nor_lost(workplace, capsys):
    """Where other versions kept theirs, in the folder of this one, and as the input itself."""
    path = write_wav(workplace / "song.wav", [note(262), note(330)])
    mine = {}
    for place in ("tmp/song.csv", "tmp/song.json", "tmp/sort_audio/song.json", "tmp/sort_audio/other.csv"):
        Path(place).parent.mkdir(parents=True, exist_ok=True)
        Path(place).write_text(f"mine, {place}")
        mine[place] = f"mine, {place}"
    assert sort("-in", path, "-sort", "hz") == 0
    assert sort("-in", path, "-sort", "hz", "-uid", "other") == 1
    assert "other.csv: already exists, and was not made by this tool: give another -uid" in capsys.readouterr().err
    assert sort("-in", path, "-sort", "hz", "-uid", "other", "-overwrite") == 1
    mine["output/third_hz.mp3"] = "mine"
    Path("output/third_hz.mp3").write_text("mine")
    assert sort("-in", path, "-sort", "hz", "-uid", "third", "-overwrite") == 1
    Path("tmp/mine.csv").write_text("filename,start,dur\n")
    assert sort("-in", "tmp/mine.csv", "-sort", "hz") == 1
    assert "is a table" in capsys.readouterr().err
    assert Path("tmp/mine.csv").read_text() == "filename,start,dur\n"
    assert {place: Path(place).read_text() for place in mine} == mine


def test_a_folder_for_tables_that_cannot_be_made_is_not_blamed_on_a_flag(workplace, capsys):
    write_wav(workplace / "song.wav", [note(262)])
    (workplace / "tmp").write_text("someone's file")
    assert sort("-in", "song.wav", "-sort", "hz") == 1
    reason = "tmp: the folder cannot be created (a file of this name exists)"
    assert capsys.readouterr().err.endswith(f"{reason}: change to a folder that can be written to\n")


def test_a_uid_of_another_input_is_asked_for(workplace, capsys):
    for name, hz in (("a.wav", 262), ("b.wav", 440)):
        write_wav(workplace / name, [note(hz), note(hz * 1.2)])
    assert sort("-in", "a.wav", "-sort", "hz", "-uid", "x", "-steps", "1") == 0
    assert sort("-in", "b.wav", "-sort", "hz", "-uid", "x", "-steps", "1") == 1
    said = capsys.readouterr().err
    assert "x.csv: holds the samples of another input" in said
    assert said.endswith("give another -uid, or -overwrite to replace it\n")
    assert sort("-in", "b.wav", "-sort", "hz", "-uid", "x", "-steps", "1", "-overwrite") == 0
    assert read_table("tmp/sort_audio/x.csv").text("filename")[0] == "b.wav"


def test_a_table_that_was_edited_is_not_thrown_away(workplace, capsys):
    path = write_wav(workplace / "song.wav", [note(262), note(330)])
    assert sort("-in", path, "-sort", "hz", "-uid", "s", "-steps", "1") == 0
    table = Path("tmp/sort_audio/s.csv")
    table.write_text(table.read_text().replace("song.wav", "./song.wav", 1))
    edited = table.read_text()
    write_wav(workplace / "song.wav", [note(440), note(550), note(660)])
    assert sort("-in", path, "-sort", "hz", "-uid", "s", "-steps", "1") == 1
    assert "was changed since it was made, and its input too" in capsys.readouterr().err
    assert table.read_text() == edited


def test_an_edited_table_is_used_as_it_is_and_never_becomes_our_own(workplace, capsys):
    """Rows and a column left out, a column added, in another dialect: the stage of samples would make it again."""
    path = write_wav(workplace / "song.wav", [note(262), note(330), note(440)])
    assert sort("-in", path, "-sort", "hz", "-uid", "s", "-steps", "1") == 0
    table = Path("tmp/sort_audio/s.csv")
    edited = "filename;start;dur;hz\nsong.wav;350;250;330\n"
    table.write_text(edited)
    for _ in range(2):
        assert sort("-in", path, "-sort", "hz", "-uid", "s", "-steps", "1") == 0
        assert "s.csv: was edited since it was made, and is used as it is" in capsys.readouterr().out
        assert table.read_text() == edited
    os.utime(path, ns=(0, 0))
    assert sort("-in", path, "-sort", "hz", "-uid", "s", "-steps", "1") == 1
    assert "was changed since it was made, and its input too" in capsys.readouterr().err
    assert table.read_text() == edited


def test_no_recording_of_the_folder_is_replaced(workplace, capsys):
    """Also one of which no sample is played."""
    (workplace / "in").mkdir()
    write_wav(workplace / "in" / "song.wav", [note(262)])
    write_wav(workplace / "in" / "silence.wav", [np.zeros(RATE)])
    before = Path("in/silence.wav").read_bytes()
    assert sort("-in", "in", "-sort", "hz", "-out", "in/silence.wav") == 1
    assert "is an input, which would be replaced" in capsys.readouterr().err
    assert Path("in/silence.wav").read_bytes() == before


@pytest.mark.slow
def test_the_sorted_film_lies_beside_the_sorted_sound(workplace, capsys):
    """Two notes, the higher one first: sorted by pitch, the film shows the second half first."""
    heard = np.concatenate([note(880, 0.5), note(440, 0.5)])
    heard = resample(heard, RATE, lab.RATE)
    pictures = [lab.picture(n) for n in range(round(25 * len(heard) / lab.RATE))]
    how = ["-c:v", "libx264", "-preset", "ultrafast", "-qp", "4", "-c:a", "pcm_s16le"]
    lab.make(workplace / "two.mkv", pictures, how, heard=heard)
    words = ("-in", "two.mkv", "-sort", "hz=asc", "-video")
    assert sort(*words) == 0
    film = Path("output/two_hz=asc.mp4")
    assert film.with_suffix(".mp3").exists()
    shown = [lab.number_of(picture) for _, picture in lab.reference(film)]
    table = read_table("tmp/sort_audio/two.csv")
    starts = sorted(zip(table.all_numbers("hz"), table.all_numbers("start"), table.all_numbers("dur"), strict=True))
    assert starts[0][0] == pytest.approx(440, rel=0.02)
    assert starts[-1][0] == pytest.approx(880, rel=0.02)
    # 500 ms of black, then a sample after half of the one before, or 128 ms; picture n shows (n + 0.5) / 24 s.
    assert max(shown[:11]) == 0
    begins = 500.0
    for _, start, dur in starts:
        picture = int(np.ceil(begins * 24 / 1000 - 0.5))
        gone = 1000 * (picture + 0.5) / 24 - begins
        assert abs(shown[picture] * 40 + 20 - start - gone) <= 21
        begins += min(128, dur / 2)
    # It is ours, and is made again; what someone changed stays.
    assert sort(*words) == 0
    film.write_bytes(b"mine")
    capsys.readouterr()
    assert sort(*words) == 1
    assert "was changed since it was made" in capsys.readouterr().err
    assert film.read_bytes() == b"mine"
    # The film that is sorted is not a place for the sorted film.
    assert sort("-in", "two.mkv", "-sort", "hz=asc", "-video", "-steps", "1") == 0
    Path("two.mkv").rename("three.mp4")
    assert sort("-in", "three.mp4", "-sort", "hz=asc", "-video", "-out", "three.mp3") == 1
    assert "is an input" in capsys.readouterr().err


def test_a_recording_that_is_cut_off_is_told_once(workplace, capsys):
    path = Path(write_wav(workplace / "song.wav", [note(440), note(262), note(523)]))
    os.truncate(path, path.stat().st_size * 4 // 5)
    assert sort("-in", str(path), "-sort", "tsne", "-out", "sorted.wav") == 0
    assert capsys.readouterr().err.count("read up to") == 1
