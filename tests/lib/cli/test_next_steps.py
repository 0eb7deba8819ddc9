"""The command that makes what is missing."""

import shlex
import sys

import pytest

from lib.cli import next_steps
from lib.cli.next_steps import MAKERS, ROOT, command_line, shell_word, to_make, to_make_default, to_make_table
from lib.errors import MissingColumnError
from tests.support.each import each


@pytest.fixture(autouse=True)
def at_home(monkeypatch):
    monkeypatch.chdir(ROOT)


def missing(column, columns=("filename", "start", "dur"), path="s.csv"):
    return MissingColumnError("", path, column, columns)


@each(("column", "script"), [(column, m.script) for m in MAKERS for column in m.columns])
def test_each_column_has_a_script_that_is_there(column, script):
    command = to_make(missing(column), {})
    assert command.startswith(f"python {script} ")
    assert (ROOT / script).is_file()
    # The script that misses it does not make it.
    assert not to_make(missing(column), {}, script).startswith(f"python {script} ")
    assert "{" not in command


def test_an_unknown_column_has_none():
    assert to_make(missing("mood"), {"dir": "m"}) == ""


@each(
    ("values", "command"),
    [
        ({}, 'python samples_to_vsamples.py -in "s.csv"'),
        ({"dir": ""}, 'python samples_to_vsamples.py -in "s.csv"'),
        ({"dir": "my films"}, 'python samples_to_vsamples.py -in "s.csv" -dir "my films"'),
        ({"dir": "{table}"}, 'python samples_to_vsamples.py -in "s.csv" -dir "{table}"'),
    ],
)
def test_the_folder_is_that_of_the_script(values, command):
    assert to_make(missing("vstart"), values) == command


@pytest.mark.parametrize(("grid", "size"), [((4, 3), "4x3"), (None, "auto"), ("auto", "auto")])
def test_the_grid_is_that_of_the_script(grid, size):
    assert to_make(missing("gridX"), {"grid": grid}) == f'python samples_to_grid.py -in "s.csv" -grid {size}'


def test_of_media_files_the_samples_are_made():
    of_files = missing("power", ("filename", "duration"), "m.csv")
    assert to_make(of_files, {"dir": "d"}) == 'python audio_to_samples.py -in "m.csv" -dir "d" -features -out SAMPLES'
    assert to_make(of_files, {}) == 'python audio_to_samples.py -in "m.csv" -features -out SAMPLES'
    for columns in (("filename", "start"), ("start",), ()):
        assert (
            to_make(missing("power", columns), {"dir": "d"})
            == "python audio_to_samples.py -in MEDIA -features -out SAMPLES"
        )
    assert to_make(missing("duration", ()), {}) == 'python get_file_features.py -in "s.csv" -dir MEDIA'
    assert to_make(missing("duration", (), ""), {"dir": "d"}) == 'python get_file_features.py -in TABLE -dir "d"'


MAPS = [
    ("tsne", {}, (), "-components 1"),
    ("tsne2", {}, (), "-components 2"),
    ("tsne3", {}, (), "-components 3"),
    ("tsne2", {}, ("tsne",), "-components 2 -overwrite"),
    ("tsne", {}, ("tsne3",), "-components 1 -overwrite"),
    ("tsne", {"props": ("tsne", "tsne2")}, (), "-components 2"),
    ("tsne", {"props": ("tsne2", "tsne3")}, (), "-components 3"),
    ("tsne", {"kfd": ("tsne", "tsne2", "power")}, (), "-components 2"),
    ("tsne2", {"props": ("tsne", "power")}, (), "-components 2"),
    ("tsne", {"props": "tsne"}, (), "-components 1"),
    ("map", {"props": ("map", "map2")}, (), "-components 2 -prefix map"),
    ("map2", {"kfd": ("map", "map2")}, ("map",), "-components 2 -prefix map -overwrite"),
    ("map3", {"kfd": ("map", "map2")}, (), "-components 3 -prefix map"),
    ("map2", {"props": ("a", "a2"), "kfd": ("map", "map2")}, (), "-components 2 -prefix map"),
    ("map", {"props": ("map", "other2")}, (), ""),
    ("map", {"props": ("map",)}, (), ""),
    ("map", {}, (), ""),
]


@each(("column", "values", "columns", "words"), MAPS)
def test_maps_have_as_many_components_as_are_needed(column, values, columns, words):
    command = to_make(missing(column, columns), values)
    assert command == (f'python samples_to_tsne.py -in "s.csv" {words}' if words else "")


def test_defaults_are_made_by_their_scripts():
    samples = "python audio_to_samples.py -in MEDIA -features -out tmp/samples.csv"
    assert to_make_default("tmp/samples.csv") == to_make_default("tmp/*.csv") == samples
    assert "download_metadata.py -query QUERY" in to_make_default("tmp/internet_archive_metadata.csv")
    assert to_make_default("other.csv") == ""


def test_tables_are_made_of_media(tmp_path):
    (tmp_path / "a.mp3").touch()
    for script in ("get_file_features.py", "get_sample_features.py"):
        command = 'python scrapers/local/folder_to_metadata.py -in "{}" -out "tmp/own.csv"'
        assert to_make_table(str(tmp_path), script) == command.format(tmp_path)
        assert to_make_table(str(tmp_path / "a.mp3"), script) == command.format(tmp_path)
        assert to_make_table("a.mp3", script) == command.format(".")
    assert to_make_table("m", "download_media.py").startswith(
        "python scrapers/internet_archive/download_metadata.py -query"
    )
    assert to_make_table("m", "make_sequence.py") == ""
    assert (
        to_make_table("a b", "stats_plot.py") == 'python audio_to_samples.py -in "a b" -features -out "tmp/samples.csv"'
    )


@pytest.mark.skipif(sys.platform == "win32", reason="of POSIX shells")
@each("name", ["a b.csv", 'a"b', "a$b", "a`b", "a\\b", "a!b", "a'b", "a'$b"])
def test_names_are_words_for_the_shell(name):
    assert shlex.split(shell_word(name)) == [name]
    assert shell_word("a b") == '"a b"'


def test_commands_are_for_the_working_directory(monkeypatch, tmp_path):
    assert command_line("a.py -x 1") == "python a.py -x 1"
    monkeypatch.chdir(ROOT / "lib")
    assert command_line("a.py -x 1") == "python ../a.py -x 1"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(next_steps, "ROOT", tmp_path / "my tools")
    assert command_line("a.py -x 1") == 'python "my tools/a.py" -x 1'
    # The shorter one of both paths.
    deep = tmp_path / "d" / "d" / "d" / "d"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    monkeypatch.setattr(next_steps, "ROOT", type(ROOT)("/opt"))
    assert command_line("a.py -x 1") == "python /opt/a.py -x 1"
