"""Every stage that takes -cluster: a worker is killed in the middle, and all is as if it had been made here."""

import importlib
import os
import shutil
from functools import partial
from pathlib import Path

import pytest

from lib.audio import collection, similarity
from lib.cli import main as cli_main
from lib.composing import frame_store, pipeline
from lib.composing import frames as rendering
from lib.tables.table import Table, read_table, write_table
from lib.video import file_features, vsamples
from tests.support.grids import grid_table
from tests.support.media_factory import ffmpeg, film, notes, write_wav

pytestmark = pytest.mark.slow

FILMS = 6
SECONDS = 3.0
LOOK = ("-grid", "4x2", "-grid0", "4x2", "-grid1", "4x2", "-width", "96", "-height", "64", "-fps", "6", "-bstep", "60",
        "-mcd", "300", "-pad0", "500", "-pad1", "500", "-kfd", "tsne", "-quality", "low")  # fmt: skip


def main(script, *words):
    """Run a script in this process."""
    return importlib.import_module(script.removesuffix(".py").replace("/", ".")).main([*map(str, words)])


@pytest.fixture(scope="session")
def films(tmp_path_factory):
    """Films with sound, and one that is broken."""
    folder, parts = tmp_path_factory.mktemp("films"), tmp_path_factory.mktemp("parts")
    (folder / "sub").mkdir()
    inputs, outputs = [], []
    for n in range(FILMS):
        name = f"film {n} é%s.mp4" if n else "sub/first.mp4"
        colours = [(40 * n, 30 * m % 250, 99) for m in range(round(10 * SECONDS))]
        picture = film(parts / f"{n}.mkv", colours, rate=10)
        sound = notes([0.2 + 0.4 * m for m in range(6)], [220 * (n + 2 + m % 3) for m in range(6)], SECONDS)
        inputs += ["-i", picture, "-i", write_wav(parts / f"{n}.wav", sound)]
        outputs += ["-map", f"{2 * n}:v", "-map", f"{2 * n + 1}:a", "-c:v", "copy", f"file:{folder / name}"]
    ffmpeg(*inputs, *outputs)
    (folder / "broken.mp4").write_bytes(b"no film")
    return folder


@pytest.fixture
def place(films, workplace):
    """A working directory with the films in `media`."""
    shutil.copytree(films, "media")
    return workplace


@pytest.fixture
def killing(dask_cluster, monkeypatch):
    """Return a function that has a worker killed as soon as a stage has its first result, once in each of its modules.

    It returns the results after which that was done.
    """
    killed = []

    def watch(*modules):
        for module in modules:
            monkeypatch.setattr(module, "run_many", partial(run_many, module.run_many, set()))
        return killed

    def run_many(real, done, *arguments):
        for outcome in real(*arguments):
            if arguments[3] is not None and not done:
                if killed:
                    dask_cluster.add_worker("--no-nanny")
                done.add("killed")
                killed.append(outcome)
                dask_cluster.kill_worker()
            yield outcome

    yield watch
    if killed:
        dask_cluster.add_worker("--no-nanny")


def samples_of(names):
    """Return a table of samples, five in each film."""
    rows = [(name, 100 + 500 * n, 200) for n in range(5) for name in names]
    columns = ("filename", "start", "dur")
    return Table.of({key: [str(row[n]) for row in rows] for n, key in enumerate(columns)})


def names_in(folder):
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*.mp4"))


def contents(folder):
    """Return what is below a folder: each file's bytes (but those of stamps, which hold times)."""
    files = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.suffix == ".stamp" or path.read_bytes() for path in files}


@pytest.mark.parametrize("out", ["%s.csv", "all.csv"])
def test_audio_to_samples(place, dask_cluster, killing, capsys, out):
    words = ("-in", "media", "-features", "-sort", "power=desc")
    assert main("audio_to_samples.py", *words, "-out", f"here/{out}") == 0
    said = capsys.readouterr()
    killed = killing(collection)
    assert main("audio_to_samples.py", *words, "-out", f"there/{out}", "-cluster", dask_cluster.address) == 0
    assert len(killed) == 1
    assert contents("there") == contents("here")
    made = [name for name in contents("there") if not name.endswith(".settings")]
    assert len(made) == (FILMS if "%s" in out else 1)
    there = capsys.readouterr()
    assert there.err == said.err
    assert "broken.mp4" in there.err
    assert there.out.replace("there/", "here/") == said.out


def test_get_file_features(place, dask_cluster, killing, capsys):
    for name in ("here.csv", "there.csv"):
        write_table(Table.of({"filename": [*names_in("media"), "missing.mp4", "../climbs.mp4"]}), name)
    assert main("get_file_features.py", "-in", "here.csv", "-dir", "media") == 0
    said = capsys.readouterr().err
    killed = killing(file_features)
    assert main("get_file_features.py", "-in", "there.csv", "-dir", "media", "-cluster", dask_cluster.address) == 0
    assert len(killed) == 1
    assert Path("there.csv").read_bytes() == Path("here.csv").read_bytes()
    assert capsys.readouterr().err == said
    assert sorted(read_table("there.csv").text("hasVideo")) == ["0"] * 3 + ["1"] * FILMS


def test_samples_to_vsamples(place, dask_cluster, killing, capsys):
    write_table(samples_of(names_in("media")), "s.csv")
    words = ("-in", "s.csv", "-dir", "media")
    assert main("samples_to_vsamples.py", *words, "-out", "here.csv") == 0
    said = capsys.readouterr().err
    killed = killing(vsamples)
    assert main("samples_to_vsamples.py", *words, "-out", "there.csv", "-cluster", dask_cluster.address) == 0
    assert len(killed) == 1
    assert Path("there.csv").read_bytes() == Path("here.csv").read_bytes()
    assert capsys.readouterr().err == said
    assert sum(bool(cell) for cell in read_table("there.csv").text("vstart")) == 5 * FILMS
    assert sorted(os.listdir()) == ["here.csv", "media", "s.csv", "there.csv"]


def test_samples_to_tsne(place, dask_cluster, killing, capsys):
    write_table(samples_of(names_in("media")), "s.csv")
    words = ("-in", "s.csv", "-dir", "media", "-components", "2")
    assert main("samples_to_tsne.py", *words, "-threads", "1", "-out", "here.csv", "-cache", "here.db") == 0
    said = capsys.readouterr()
    there = (*words, "-out", "there.csv", "-cache", "there.db", "-cluster", dask_cluster.address)
    killed = killing(similarity)
    assert main("samples_to_tsne.py", *there) == 0
    assert len(killed) == 1
    assert Path("there.csv").read_bytes() == Path("here.csv").read_bytes()
    assert capsys.readouterr().err == said.err
    # What they measured is in the cache, and found there by a run that has no cluster.
    assert main("samples_to_tsne.py", *words, "-threads", "1", "-out", "again.csv", "-cache", "there.db") == 0
    assert f"({5 * FILMS} fingerprints from the cache)" in capsys.readouterr().out
    assert Path("again.csv").read_bytes() == Path("here.csv").read_bytes()


@pytest.fixture
def grid(place):
    names = [name for name in names_in("media") if name != "broken.mp4"]
    cells = (names * 2)[:8]
    write_table(grid_table(4, 2, filename="", start=lambda n: 150 * n).with_columns({"filename": cells}), "grid.csv")
    return ("-in", "grid.csv", "-dir", "media", *LOOK)


def piece(*words, where):
    return main("compositions/proliferation.py", *words, "-out", f"{where}/o.mp4", "-outframe", f"{where}/f/%s.png",
                "-cache", "-cd", f"{where}/cd")  # fmt: skip


def test_a_composition(grid, dask_cluster, killing, capsys):
    assert piece(*grid, where="here") == 0
    said = capsys.readouterr()
    killed = killing(frame_store, rendering)
    assert piece(*grid, "-cluster", dask_cluster.address, where="there") == 0
    assert len(killed) == 2
    assert contents("there") == contents("here")
    assert sum(name.endswith(".png") for name in contents("there")) > 8
    assert sum(name.endswith(".frames") for name in contents("there")) == FILMS
    assert capsys.readouterr().err == said.err


@pytest.mark.parametrize(
    ("words", "why"),
    [(("-outframe", ""), "they go straight into the film"), (("-fa", "0.5"), "each needs the one before it")],
)
def test_pictures_that_are_drawn_here_all_the_same(grid, monkeypatch, capsys, words, why):
    """With a cluster that is this process: how the films are read on a real one, the test above shows."""
    words = (*grid, "-outframe", "f/%s.png", *words, "-sd", "1", "-vo")
    assert main("compositions/proliferation.py", *words, "-out", "here.mp4") == 0
    assert "cluster" not in capsys.readouterr().out
    shutil.rmtree("f", ignore_errors=True)
    asked = []

    def run_here(module, real, function, jobs, threads, cluster, ready):
        asked.append((module, cluster.address))
        return real(function, jobs, 1, None, ready)

    for module in (frame_store, rendering):
        monkeypatch.setattr(module, "run_many", partial(run_here, module, module.run_many))
    monkeypatch.setattr(cli_main, "find_scheduler", lambda address: None)
    monkeypatch.setattr(pipeline, "check_cluster", lambda cluster: asked.append((pipeline, cluster.address)))
    assert main("compositions/proliferation.py", *words, "-out", "there.mp4", "-cluster", "tcp://x:1") == 0
    assert asked == [(pipeline, "tcp://x:1"), (frame_store, "tcp://x:1")]
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith("the cluster reads the films; the pictures are drawn on this machine: ")
    assert first.endswith(why)
    assert Path("there.mp4").read_bytes() == Path("here.mp4").read_bytes()


SCRIPTS = {
    "audio_to_samples.py": ("-in", "media"),
    "get_file_features.py": ("-in", "s.csv", "-dir", "media"),
    "samples_to_vsamples.py": ("-in", "s.csv", "-dir", "media"),
    "samples_to_tsne.py": ("-in", "s.csv", "-dir", "media"),
    "films_to_scenes.py": ("-in", "s.csv", "-dir", "media"),
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_cluster_that_is_missing_is_one_line(workplace, capsys, script):
    write_wav("media/sub/first.mp4", notes([0.2], [440.0], 0.6))
    write_table(samples_of(["sub/first.mp4"]), "s.csv")
    assert main(script, *SCRIPTS[script], "-cluster", "tcp://127.0.0.1:1") == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert ": tcp://127.0.0.1:1: no Dask scheduler answers there (Connection refused)" in err
