"""A folder full of someone's files, of every name that a script uses: none of them is changed, whatever comes of it."""

import shutil
from dataclasses import replace

import pytest

from compositions._flags import composition_names
from lib.io import owners
from lib.tables.table import Table, write_table
from tests.support.archive_server import ArchiveServer
from tests.support.foreign import names_used, what_is_lost
from tests.support.owned_stages import fill, jobs

KINDS = ("file", "link", "folder")
# With a host that is never asked: the names are all that is needed here.
NAMES = sorted(jobs("http://127.0.0.1"))
# The compositions share what writes their files: a film and a picture are tried in every place, each other composition
# in a quarter of its places, in turn. (`make stress` tries them all in all.)
IN_TURN = [name for name in composition_names() if name not in ("proliferation", "poster")]


@pytest.fixture(scope="module")
def archive():
    with ArchiveServer() as server:
        server.add("film", {"film.mp4": b"a film, or so"}, title="A film")
        yield server.host


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    fill(folder)
    write_table(Table.of({"identifier": ["film"], "filename": ["film.mp4"]}), folder / "items.csv")
    return folder


def short(errors):
    """The lines that say what is wrong."""
    return [line for line in errors.splitlines() if line.strip()]


@pytest.mark.slow
@pytest.mark.usefixtures("blank_plots")
@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_someones_is_lost(name, made, archive, tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setattr(owners, "PATIENCE", 0.05)  # no other run is about to write its mark
    job = jobs(archive)[name]
    model = tmp_path / "model"
    shutil.copytree(made, model)
    used = [place for place in names_used(job.run, model) if place not in job.written]
    failures = []
    # A file in every place, a link and a folder in some.
    share = slice(IN_TURN.index(name) % 4, None, 4) if name in IN_TURN else slice(None)
    for n, place in list(enumerate(used))[share]:
        for kind in KINDS if n % 3 == 0 else KINDS[:1]:
            capsys.readouterr()
            status, lost = what_is_lost(job.run, made, tmp_path / "run", place, kind, job.written)
            errors = capsys.readouterr().err
            if lost or status not in (None, 0, 1) or "Traceback" in errors or "bug" in errors:
                failures.append((place, kind, status, lost, short(errors)[-2:]))
            elif status == 1 and not short(errors):
                failures.append((place, kind, "no reason"))
    assert failures == []


@pytest.mark.parametrize(
    ("name", "place"), [("audio_to_samples_each", "t/a.wav.csv"), ("films_to_scenes_each", "t/b.mp4.csv")]
)
def test_what_a_link_leads_to_is_not_overwritten(name, place, made, archive, tmp_path, capsys):
    job = jobs(archive)[name]
    job = replace(job, words=(*job.words, "-overwrite"))
    status, lost = what_is_lost(job.run, made, tmp_path / "run", place, "link", job.written)
    assert (status, lost) == (1, [])
    assert "already exists" in capsys.readouterr().err
