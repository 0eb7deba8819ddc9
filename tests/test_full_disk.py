"""A disk that is full in the middle of a stage: the old output stays, one line says why, and nothing is left behind."""

import importlib
from pathlib import Path

import pytest

from lib.errors import WriteError
from tests.support.media_factory import clicks, write_wav
from tests.support.scripts import status_of

resource = pytest.importorskip("resource")  # not on Windows

LIMIT = 300
"""Bytes that a file may have: fewer than any output has."""
GRID = ("-grid", "2x2", "-grid0", "2x2", "-grid1", "2x2", "-width", "32", "-height", "32", "-debug", "-kfd", "hz")
STAGES = {
    "audio_to_samples.py": ("-in", "song.wav", "-features", "-out", "result.csv"),
    "get_file_features.py": ("-in", "result.csv", "-dir", "."),
    "features_to_audio.py": ("-in", "table.csv", "-dir", ".", "-out", "result.wav"),
    "stats_histogram.py": ("-in", "table.csv", "-plot", "hz", "-out", "result.png"),
    "make_credits.py": ("-in", "table.csv", "-meta", "sources.csv", "-out", "result.md"),
    "make_sequence.py": ("-in", "pieces.csv", "-out", "result.mp4"),
    "features_to_video.py": (
        "-in",
        "table.csv",
        "-dir",
        ".",
        "-out",
        "result.mp4",
        "-width",
        "32",
        "-height",
        "24",
        "-fps",
        "4",
        "-rvb",
        "0",
    ),
    "samples_to_mosaic.py": (
        "-in",
        "table.csv",
        "-dir",
        ".",
        "-target",
        "song.wav",
        "-weights",
        "dur=1",
        "-out",
        "result.csv",
        "-cache",
        "",
    ),
    "compositions/proliferation.py": (
        "-in",
        "table.csv",
        "-dir",
        ".",
        *GRID,
        "-vo",
        "-outframe",
        "",
        "-out",
        "result.mp4",
    ),
}


KEPT_RESULTS = ("audio_to_samples.py", "make_credits.py", "make_sequence.py", "samples_to_mosaic.py")
"""Scripts that keep an existing result unless -overwrite is given."""


def run_with_limit(run, words, limit, capsys):
    """Run a script in which no file may grow beyond a limit; return its status and what it wrote to stderr.

    What is compiled was compiled before.
    """
    usual, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    capsys.readouterr()
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))
    try:
        status = status_of(run, words)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (usual, most))
    return status, capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("script", STAGES)
def test_without_room_the_old_file_stays(workplace, capsys, script):
    write_wav("song.wav", clicks([0.1 * n for n in range(1, 20)], 2.0))
    rows = [f"song.wav,{150 * n},100,{100 + n},{n % 2},{n // 2}" for n in range(4)]
    Path("table.csv").write_text("filename,start,dur,hz,gridX,gridY\n" + "\n".join(rows) + "\n")
    words = [f"{n},Song {n},Somebody,2001,https://example.org/{n}" for n in range(20)]
    Path("sources.csv").write_text(
        "filename,title,creator,date,licenseurl\n" + "\n".join(words) + "\nsong.wav,A" + " long" * 99 + ",B,1,\n"
    )
    Path("title.md").write_text("# A title\n\n" + "Of the evening, and of all who came. " * 9)
    Path("pieces.csv").write_text("piece,seconds\ntitle.md,0.2\n")
    many = "filename\n" + "song.wav\n" * 200
    target = next(Path(word) for word in STAGES[script] if word.startswith("result"))
    main = importlib.import_module(script.removesuffix(".py").replace("/", ".")).main
    old = many.encode() if script == "get_file_features.py" else b"what was there before"
    if script != "get_file_features.py":
        assert main(list(STAGES[script])) == 0  # compiles
        assert target.stat().st_size > LIMIT
    target.write_bytes(old)
    there = sorted(path for path in Path().rglob("*") if "features_to_video" not in path.parts)
    more = ("-overwrite",) if script in KEPT_RESULTS else ()
    status, told = run_with_limit(main, [*STAGES[script], *more], LIMIT, capsys)
    assert status == 1, told
    assert told.count("\n") == 1
    assert "cannot be written" in told
    assert (target.stem if script == "features_to_video.py" else str(target)) in told
    assert target.read_bytes() == old
    # What an unfinished film is made of is kept in a folder of ours, to go on with.
    assert sorted(path for path in Path().rglob("*") if "features_to_video" not in path.parts) == there


def test_a_table_that_cannot_be_written_is_no_bad_file(workplace, monkeypatch, capsys):
    """Of two tables one is written: the status says that the other is missing."""
    import audio_to_samples
    from lib.audio import collection

    for name in ("a.wav", "b.wav"):
        write_wav(name, clicks([0.1], 0.3))
    write_table = collection.write_table

    def write(table, path):
        if path == "t/b.wav.csv":
            raise WriteError("cannot be written (No space left on device)", path)
        return write_table(table, path)

    monkeypatch.setattr(collection, "write_table", write)
    words = ["-in", "*.wav", "-out", "t/%s.csv"]
    assert audio_to_samples.main(words) == 1
    assert "could not be used: b.wav: t/b.wav.csv: cannot be written (No space" in capsys.readouterr().err
    monkeypatch.setattr(collection, "write_table", write_table)
    assert audio_to_samples.main(words) == 0
    assert sorted(path.name for path in Path("t").glob("*.csv")) == ["a.wav.csv", "b.wav.csv"]
