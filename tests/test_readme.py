"""Every command of the README is run, in its order, on the sample media."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.archive_server import ArchiveServer

ROOT = Path(__file__).parents[1]
MEDIA = ROOT / "media" / "sample"
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.M | re.S)


def commands(text):
    joined = text.replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]


def outputs(command):
    """The files that a command says it writes."""
    return re.findall(r'-out "((?:output|tmp)/[^"%]+)"', command)


@pytest.fixture
def workplace(tmp_path):
    """A checkout of its own: the scripts, with links to what they only read."""
    folder = tmp_path / "a user's folder"
    folder.mkdir()
    (folder / "media").mkdir()
    (folder / "media" / "sample").symlink_to(MEDIA)
    for path in ROOT.iterdir():
        if path.name not in {"tmp", "output", "media"} and not path.name.startswith("."):
            (folder / path.name).symlink_to(path)
    return folder


@pytest.fixture
def archive():
    """An archive on this machine that holds the sample films."""
    with ArchiveServer() as server:
        for path in sorted(MEDIA.glob("film_*.mp4")):
            server.add(path.stem, {path.name: path}, title=path.stem, collection="prelingerhomemovies")
        yield server


def chapters():
    """Return {title: its commands} of the chapters that have any. Each starts from the sample media alone."""
    found = {}
    for part in re.split(r"^## ", README, flags=re.M):
        lines = [c for block in re.findall(r"^```sh\n(.*?)^```", part, flags=re.M | re.S) for c in commands(block)]
        if lines:
            found[part.splitlines()[0]] = lines
    return found


CHAPTERS = chapters()
SHELL = [command for lines in CHAPTERS.values() for command in lines]


def test_there_are_commands_to_run():
    assert len(SHELL) > 10
    assert len(SHELL) == sum(len(commands(block)) for block in blocks("sh"))
    assert set(re.findall(r"^```(\w+)\n", README, flags=re.M)) <= {"sh", "console", "text"}


@pytest.mark.timeout(900)
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_command_runs(chapter, workplace, archive):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {k: v for k, v in os.environ.items() if k != "DISPLAY"} | {"PATH": path}
    for shown in CHAPTERS[chapter]:
        command = f"{shown} -host {archive.host}" if "internet_archive" in shown else shown
        if "compositions/" in shown:  # the same, small and quick
            command += " -width 160 -height 90 -fps 6"
        run = subprocess.run(["bash", "-c", command], cwd=workplace, env=environment, capture_output=True, text=True)
        assert run.returncode == 0, f"{command}\n{run.stderr}"
        assert "Traceback" not in run.stderr
        for out in outputs(command):
            assert (workplace / out).stat().st_size > 0, command


def test_every_command_names_a_script_that_is_there():
    for command in SHELL:
        words = command.split()
        assert words[0] == "python", command
        assert (ROOT / words[1]).is_file(), command


def test_the_steps_to_install_are_those_that_make_takes():
    steps = [c for block in blocks("console") for c in commands(block)]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for step in steps:
        if step.startswith("make "):
            assert re.search(rf"^{step.split()[1]}:", makefile, flags=re.M), step
        elif step.startswith("pip install"):
            assert step.removeprefix("pip install ") in makefile.replace("$(PIP) ", ""), step
        else:
            assert step in {"python3 -m venv .venv", "source .venv/bin/activate"}, step


def test_links_and_pictures_are_there():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("https://") or (ROOT / target).exists(), target
