"""A small corpus of broken media through every stage; `tests.stress.broken_media` sends a large one."""

from pathlib import Path

import pytest

from tests.stress import broken_media
from tests.stress.broken_corpus import make_corpus
from tests.support.media_factory import encode, tone, write_wav


def make_good(folder):
    """Write half a second of sound, and of film in each of the commonest containers; return their paths."""
    songs = [Path(write_wav(folder / "song.wav", tone(440, 0.5))), folder / "noted.mp3"]
    films = [folder / f"film_{ending}.{ending}" for ending in ("mp4", "mkv", "avi", "ts")]
    for path in (songs[1], *films):
        options = ("-c:v", "mpeg2video", "-c:a", "mp2") if path.suffix == ".ts" else None
        encode(path, tone(440, 0.5), options=options)
    return [films[0], *songs, *films[1:]]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """A folder with a folder of broken files in it, and their names: every kind of damage."""
    work = tmp_path_factory.mktemp("broken")
    return work, make_corpus(work / "corpus", make_good(work), containers=())


@pytest.mark.slow
def test_the_corpus_is_the_same_every_time(corpus, tmp_path):
    work, names = corpus
    good = [work / path.name for path in make_good(tmp_path)]
    assert make_corpus(tmp_path / "corpus", good, containers=()) == names
    assert len(names) == len(set(names)) > 200
    for name in names:
        first, second = work / "corpus" / name, tmp_path / "corpus" / name
        assert not first.is_file() or first.read_bytes() == second.read_bytes(), name


@pytest.mark.slow
def test_every_file_is_handled_or_reported_by_every_part(corpus, capsys):
    """Each in a process that is watched: its time, its memory, whether it dies."""
    work, names = corpus
    chosen = names[::6]
    assert broken_media.each_alone(str(work / "corpus"), chosen, list(broken_media.PARTS)) == 0, capsys.readouterr().out
    said = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in said] == list(broken_media.PARTS)
    for line in said:
        good, reported = (int(line.split(word)[0].split()[-1]) for word in (" good", " reported"))
        assert good + reported == len(chosen)
        assert good > 10


def test_what_goes_wrong_is_seen(corpus, capsys, monkeypatch):
    """The test above could fail: a file that takes too long, and one that is a fault of the tool."""
    work, names = corpus
    monkeypatch.setattr(broken_media, "LONGEST", -1.0)
    assert broken_media.each_alone(str(work / "corpus"), names[:2], ["measure"]) == 2
    assert "WRONG: takes too long" in capsys.readouterr().out
