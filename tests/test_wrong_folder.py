"""One rule for a -dir in which none of the files is: an error, status 1, and no table changes. In every stage."""

import importlib
import os
import shlex
import subprocess
from pathlib import Path

import pytest

import audio_to_samples
import classify_samples
import features_to_audio
import features_to_video
import films_to_scenes
import get_file_features
import get_sample_features
import samples_subset
import samples_to_clusters
import samples_to_explorer
import samples_to_files
import samples_to_grid
import samples_to_mosaic
import samples_to_tsne
import samples_to_vsamples
from compositions._flags import composition_names, ending_of
from lib.cli.next_steps import MAKERS, to_make
from lib.cli.reports import report_bad
from lib.errors import MissingColumnError, MissingError
from lib.io.files import find_media
from scrapers.internet_archive import download_media
from tests.support.media_factory import ROOT, tone, write_wav
from tests.support.scripts import status_of

MEDIA = "samples.csv"
STAGES = {
    "get_file_features": (get_file_features.main, "m.csv", ("-fast", "-overwrite")),
    "audio_to_samples": (audio_to_samples.main, "m.csv", ("-out", "new.csv")),
    "audio_to_samples, a table each": (audio_to_samples.main, "m.csv", ("-out", "new/%s.csv")),
    "get_sample_features": (get_sample_features.main, "m.csv", ()),
    "samples_subset": (samples_subset.main, "m.csv", ("-out", "new.csv")),
    "samples_to_tsne": (samples_to_tsne.main, MEDIA, ("-rate", "150", "-overwrite")),
    "samples_to_clusters": (samples_to_clusters.main, MEDIA, ("-count", "2")),
    "classify_samples": (classify_samples.main, MEDIA, ("-train", "media")),
    "samples_to_vsamples": (samples_to_vsamples.main, MEDIA, ("-mdur", "500", "-overwrite")),
    "features_to_audio": (features_to_audio.main, MEDIA, ("-out", "new.wav")),
    "features_to_video": (features_to_video.main, MEDIA, ("-out", "new.mp4")),
    "samples_to_explorer": (samples_to_explorer.main, MEDIA, ("-out", "new/")),
    "films_to_scenes": (films_to_scenes.main, "m.csv", ("-out", "new.csv")),
    "films_to_scenes, a table each": (films_to_scenes.main, "m.csv", ("-out", "new/%s.csv")),
    "samples_to_files": (samples_to_files.main, MEDIA, ("-out", "new/")),
    "samples_to_mosaic": (
        samples_to_mosaic.main,
        MEDIA,
        ("-target", "media/a.wav", "-weights", "timbre=1", "-out", "new.csv"),
    ),
}
TABLES = ("get_sample_features", "samples_subset")
COMPOSITIONS = {
    name: (
        importlib.import_module(f"compositions.{name}").main,
        MEDIA,
        ("-grid", "2x2", "-out", f"new{ending_of(name)}", "-outframe", "", "-width", "32",
         "-height", "32"),
    )
    for name in composition_names()
}  # fmt: skip
ALL = STAGES | COMPOSITIONS


@pytest.fixture
def folder(workplace):
    """Tables of two media files that are in `media/`, with good values in them, and sample tables in `tables/`."""
    Path("media").mkdir()
    Path("tables").mkdir()
    Path("else").mkdir()
    names = ["a.wav", "b.wav"]
    for name in names:
        write_wav(f"media/{name}", tone(440, 0.5))
        Path(f"tables/{name}.csv").write_text(f"filename,start,dur,power\n{name},0,100,1\n{name},100,100,2\n")
    features = "duration,hasAudio,hasVideo,samples,medianPower,medianHz,medianClarity,medianDur"
    Path("m.csv").write_text(f"filename,{features}\n" + "".join(f"{n},,1,0,2,1.50,1.00,1.00,100\n" for n in names))
    rows = [
        f"{name},{100 * n},100,1,{100 + n},0.{n},0.5,{n},{i},100,100" for i, name in enumerate(names) for n in (0, 1)
    ]
    columns = "filename,start,dur,power,hz,tsne,tsne2,gridX,gridY,vstart,vdur"
    Path("samples.csv").write_text("\n".join([columns, *rows]) + "\n")
    return workplace


def files():
    return {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_a_folder_without_any_of_the_files_is_an_error_that_changes_nothing(folder, capsys, name):
    main, table, words = ALL[name]
    before = files()
    for wrong, said in (
        ("else", "is there, such as a.wav"),
        ("nowhere", "there is no such folder"),
        (table, "is a file, and a folder is needed"),
    ):
        assert status_of(main, ["-in", table, "-dir", wrong, *words]) == 1
        line = capsys.readouterr().err.splitlines()[-1]
        assert said in line
        assert line.endswith(": check -dir")
        assert files() == before


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_media_and_sample_tables_are_distinguished(folder, capsys, name):
    main, table, words = ALL[name]
    before = files()
    wrong, said = "tables", "these are sample tables (a.wav.csv)"
    if name in TABLES:
        wrong, said = "media", "these are media (a.wav)"
    assert status_of(main, ["-in", table, "-dir", wrong, *words]) == 1
    assert said in capsys.readouterr().err.splitlines()[-1]
    assert files() == before


@pytest.mark.parametrize("name", ALL)
def test_a_folder_that_cannot_be_written_to_is_reported_before_the_work(folder, capsys, monkeypatch, name):
    main, table, words = ALL[name]
    before = files()
    access = os.access
    monkeypatch.setattr("os.access", lambda path, mode, **how: mode != os.W_OK and access(path, mode, **how))
    where = "media" if name not in TABLES else "tables"
    assert status_of(main, ["-in", table, "-dir", where, *words]) == 1
    said = capsys.readouterr()
    assert "cannot write to " in said.err.splitlines()[-1]
    assert "samples" not in said.out
    assert files() == before


def test_missing_files_are_summed_up(capsys):
    bad = [(f"{n}.wav", "no such file") for n in range(299)] + [("x.wav", "is not media")]
    assert report_bad("stage", bad, strict=True) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "stage: 300 files could not be used:"
    assert lines[1:] == [
        "  0.wav: no such file",
        "  1.wav: no such file",
        "  2.wav: no such file (and 296 more files)",
        "  x.wav: is not media",
    ]


def test_a_few_files_of_one_reason_are_all_listed(capsys):
    report_bad("stage", [(f"{n}.wav", "no such file") for n in range(10)], strict=False)
    assert len(capsys.readouterr().err.splitlines()) == 11


@pytest.mark.parametrize("main", [samples_to_grid.main, samples_to_tsne.main, get_file_features.main])
def test_a_folder_in_place_of_a_table_is_named_as_that(folder, capsys, main):
    assert status_of(main, ["-in", "media", *(["-dir", "media"] if main != samples_to_grid.main else [])]) == 1
    assert ": media: is a folder, not a table; to make one: python " in capsys.readouterr().err


@pytest.mark.parametrize("name", ["live [1999]", "[ab]", "what?", "a*b", "[", "x[!y]"])
def test_a_folder_with_wildcards_in_its_name_is_a_folder(workplace, name):
    for place in (Path(name), Path("deep") / name / "in [it]"):
        place.mkdir(parents=True)
        for song in ("1.mp3", "2.mp3", "3.wav"):
            (place / song).touch()
        found = find_media(f"{place}/*.mp3")
        assert (found.folder, found.filenames) == (str(place), ("1.mp3", "2.mp3"))
        assert find_media(f"{workplace}/{place}/[12].*").filenames == ("1.mp3", "2.mp3")
        assert find_media(f"{place}/3.wav").filenames == ("3.wav",)


def test_brackets_without_such_a_folder_are_a_pattern(workplace):
    for name in ("a", "b", "c"):
        Path(name).mkdir()
        Path(name, "x.wav").touch()
    found = find_media("[ab]/x.wav")
    assert (found.folder, found.filenames) == ("", ("a/x.wav", "b/x.wav"))


def test_brackets_that_are_no_set_are_part_of_a_name(workplace):
    Path("live [1999]").mkdir()
    for name in ("take [1].wav", "take [2].wav", "[x] y.wav"):
        Path("live [1999]", name).touch()
    both = ("take [1].wav", "take [2].wav")
    assert find_media("live [1999]/take [*").filenames == both
    assert find_media("live [1999]/take [?].wav").filenames == both
    assert find_media("live [1999]/take [1]*").filenames == both[:1]
    found = find_media("live [1999]*/take*")
    assert (found.folder, found.filenames) == ("", tuple(f"live [1999]/{name}" for name in both))
    assert find_media("live [1999]/[x]*").filenames == ("[x] y.wav",)
    with pytest.raises(MissingError, match="no file matches this pattern"):
        find_media("live [2000]/*")


def advised(capsys):
    """Return the command that the last message ends with, as words."""
    line = capsys.readouterr().err.splitlines()[-1]
    script, *words = shlex.split(line.partition("; to add it: python ")[2])
    assert Path(script).resolve().parent == ROOT  # from any working directory
    return importlib.import_module(Path(script).stem).main, words


@pytest.mark.slow
def test_the_advised_command_adds_the_second_dimension_of_a_map(folder, capsys):
    """A table with a map of one dimension gets one of two by the command that the message names."""
    Path("t.csv").write_text("filename,start,dur\n" + "".join(f"a.wav,{n * 50},50\n" for n in range(9)))
    assert samples_to_tsne.main(["-in", "t.csv", "-dir", "media"]) == 0
    grid = ["-in", "t.csv", "-grid", "3x3"]
    assert samples_to_grid.main(grid) == 1
    main, words = advised(capsys)
    assert words[:2] == ["-in", "t.csv"]
    assert main([*words, "-dir", "media"]) == 0
    assert samples_to_grid.main(grid) == 0


def test_the_advised_command_is_whole(folder, capsys):
    """From a table of samples to a composition by advice alone: a map, a grid, and the film's length."""
    Path("t.csv").write_text("filename,start,dur\n" + "".join(f"a.wav,{n * 50},50\n" for n in range(4)))
    film = ["-in", "t.csv", "-dir", "media", "-probe"]
    waves = COMPOSITIONS["waves"][0]
    assert waves([*film, "-grid", "2x2"]) == 1
    assert advised(capsys)[1] == ["-in", "t.csv", "-grid", "2x2"]
    assert waves(film) == 1
    grid, words = advised(capsys)
    assert words == ["-in", "t.csv", "-grid", "auto"]
    assert grid(words) == 1
    make_map, further = advised(capsys)
    assert make_map([*further, "-dir", "media"]) == 0
    assert grid(words) == 0
    assert waves(film) == 0


@pytest.mark.parametrize(
    ("column", "columns", "values", "command"),
    [
        ("hz", (), {}, "audio_to_samples.py -in MEDIA -features -out SAMPLES"),
        ("start", (), {}, "audio_to_samples.py -in MEDIA -out SAMPLES"),
        ("tsne", (), {"dir": "m/"}, 'samples_to_tsne.py -in "t.csv" -dir "m/" -components 1'),
        ("tsne", (), {"props": ("tsne", "tsne2")}, 'samples_to_tsne.py -in "t.csv" -components 2'),
        ("tsne3", ("tsne", "tsne2"), {}, 'samples_to_tsne.py -in "t.csv" -components 3 -overwrite'),
        ("u2", (), {"props": ("u", "u2")}, 'samples_to_tsne.py -in "t.csv" -components 2 -prefix u'),
        ("gridX", (), {}, 'samples_to_grid.py -in "t.csv" -grid auto'),
        ("gridY", (), {"grid": (4, 3)}, 'samples_to_grid.py -in "t.csv" -grid 4x3'),
        ("vdur", (), {"dir": "{table}"}, 'samples_to_vsamples.py -in "t.csv" -dir "{table}"'),
        ("medianHz", (), {}, 'get_sample_features.py -in "t.csv" -dir TABLES'),
        ("hasAudio", (), {}, 'get_file_features.py -in "t.csv" -dir MEDIA'),
        ("start", ("filename", "title"), {"dir": "m"}, 'audio_to_samples.py -in "t.csv" -dir "m" -out SAMPLES'),
        ("hz", ("filename", "title"), {}, 'audio_to_samples.py -in "t.csv" -features -out SAMPLES'),
        ("hz", ("filename", "start", "dur"), {}, "audio_to_samples.py -in MEDIA -features -out SAMPLES"),
        ("clusterName", (), {"dir": "m"}, 'samples_to_clusters.py -in "t.csv" -dir "m"'),
        ("class", (), {}, 'classify_samples.py -in "t.csv" -train TRAINING'),
        (
            "identifier",
            (),
            {},
            "scrapers/internet_archive/download_metadata.py -query QUERY -out MANIFEST",
        ),
        ("own", (), {}, ""),
        ("own2", (), {"props": ("x", "own2")}, ""),
    ],
)
def test_which_command_makes_a_column(monkeypatch, column, columns, values, command):
    monkeypatch.chdir(ROOT)
    error = MissingColumnError("", "t.csv", column, columns)
    assert to_make(error, values) == (f"python {command}" if command else "")
    if not command.startswith("samples_to_tsne.py"):  # no script makes what it needs itself
        assert to_make(error, values, command.partition(" ")[0]) == ""


def test_every_advised_flag_is_a_flag_of_its_script():
    for maker in MAKERS:
        flags = importlib.import_module(maker.script.removesuffix(".py").replace("/", ".")).parser().flags
        assert {word[1:] for word in maker.words.split() if word.startswith("-")} <= set(flags)


def test_a_missing_table_names_the_script_that_makes_it(workplace, capsys):
    for script, default, maker in [
        (samples_to_grid, "tmp/samples.csv: there is no such table", "audio_to_samples.py"),
        (samples_subset, "tmp/*.csv: no file matches this pattern", "audio_to_samples.py"),
        (download_media, "tmp/internet_archive_metadata.csv: there is no such table",
         "scrapers/internet_archive/download_metadata.py"),
    ]:  # fmt: skip
        assert script.main([]) == 1
        said = capsys.readouterr().err
        assert f"{default}: check -in, or make it: python " in said
        assert Path(shlex.split(said.partition("make it: ")[2])[1]).resolve() == ROOT / maker


def test_a_table_without_filenames_says_what_to_do(workplace, capsys):
    Path("t.csv").write_text("file,start,dur\na.wav,0,100\n")
    assert samples_to_tsne.main(["-in", "t.csv"]) == 1
    assert "its columns are: file, start, dur; name the column of the media files so\n" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="its names may have backslashes")
def test_names_of_windows_are_pointed_at(workplace, capsys):
    Path("media").mkdir()
    Path("t.csv").write_text("filename,start,dur\nmedia\\a.wav,0,100\n")
    assert samples_to_tsne.main(["-in", "t.csv", "-dir", "media"]) == 1
    said = "media: there is no file media\\a.wav (folders are separated by / here, not by \\): check -dir\n"
    assert said in capsys.readouterr().err
    assert samples_to_tsne.main(["-in", "tmp\\t.csv", "-dir", "media"]) == 1
    assert "check -in (folders are separated by / here, not by \\)\n" in capsys.readouterr().err


def test_media_in_place_of_sample_tables_are_told(folder, capsys):
    assert samples_subset.main(["-in", "media/a.wav", "-out", "o.csv"]) == 1
    assert "media/a.wav: is media, not a table; to make one: python " in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="its shell has other quotes")
@pytest.mark.parametrize("name", ["t.csv", "a b's.csv", 'a "b".csv', "$HOME `id`.csv", "a\\b!.csv", "100% & é日本.csv"])
def test_a_shell_reads_an_advised_command_as_it_is_meant(name):
    command = to_make(MissingColumnError("", name, "tsne"), {"dir": name})
    words = subprocess.run(["sh", "-c", f"printf '%s\\n' {command}"], capture_output=True, text=True).stdout
    assert words.splitlines()[2:] == ["-in", name, "-dir", name, "-components", "1"]


DONE = {
    "get_file_features": ("m.csv", ()),
    "audio_to_samples": ("m.csv", ("-out", "new.csv")),
    "audio_to_samples, a table each": ("m.csv", ("-out", "new/%s.csv")),
    "samples_to_vsamples": (MEDIA, ()),
    "samples_to_clusters": (MEDIA, ("-count", "2", "-threads", "1")),
    "samples_to_tsne": (MEDIA, ()),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", DONE)
def test_a_wrong_folder_shows_where_all_is_done_already(folder, capsys, name):
    main, (table, words) = ALL[name][0], DONE[name]
    assert main(["-in", table, "-dir", "media", *words]) == 0
    before = files()
    capsys.readouterr()
    assert main(["-in", table, "-dir", "else", *words]) == 1
    assert "is there, such as a.wav: check -dir" in capsys.readouterr().err
    assert files() == before
    assert main(["-in", table, "-dir", "media", *words]) == 0
