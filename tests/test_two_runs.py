"""Two runs at once: a name that one run writes to is refused to every other one, and a table that is changed stays."""

import shutil

import pytest

from lib.errors import MediaError
from lib.io.holds import hold_name
from lib.tables.table import read_table, write_table
from tests.support.foreign import bytes_of
from tests.support.owned_stages import fill, jobs
from tests.support.scripts import status_of

ALL = jobs("http://127.0.0.1")
# Without a name of its own: that of the settings in a flag, or of what is made.
NAMES = {"audio_to_samples_each": "t/%s.csv", "films_to_scenes_each": "t/%s.csv", "sort_audio": "tmp/sort_audio/a.json"}
# Of few rows, or pictures made in seconds: the last one that is written stays. (That of the poster is held by its own
# name only.)
UNHELD = ("stats_histogram", "stats_plot", "stats_totals", "download_metadata", "download_media", "samples_to_explorer",
          "samples_to_files", "sort_audio_tsne", "poster_as_film")  # fmt: skip
HELD = {name: NAMES.get(name) or job.written[0] for name, job in ALL.items() if name not in UNHELD}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    fill(folder)
    return folder


@pytest.mark.parametrize("name", HELD)
def test_a_second_run_is_refused_and_changes_nothing(name, made, tmp_path, capsys, monkeypatch):
    folder = tmp_path / "run"
    shutil.copytree(made, folder)
    monkeypatch.chdir(folder)
    with hold_name(HELD[name]):
        before = bytes_of(folder)
        assert status_of(ALL[name].run) == 1
        assert bytes_of(folder) == before
    assert f"{HELD[name]}: another run is writing here: wait until it ends" in capsys.readouterr().err


def test_what_somebody_saves_meanwhile_stays(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("filename\na\n")
    table = read_table(path)
    path.write_text("filename,mine\na,a year of work\n")
    with pytest.raises(MediaError, match="was changed by another program since it was read, and stays") as error:
        write_table(table.with_columns({"hz": ["440"]}), path)
    assert error.value.file == str(path)
    assert path.read_text() == "filename,mine\na,a year of work\n"
    assert (tmp_path / "t-2.csv").read_text() == "filename,hz\na,440\n"


def test_a_table_may_be_written_over_and_over(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("filename\na\n")
    table = read_table(path)
    for n in ("1", "22"):
        table = write_table(table.with_columns({"n": [n]}), path)
    assert path.read_text() == "filename,n\na,22\n"
    path.unlink()
    write_table(table, path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["t.csv"]
