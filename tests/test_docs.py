"""Every command of the README and of the pages in docs/ is run, in its order, on the sample media.

On excerpts of them, which take less time; `pytest --whole-media` takes the files as they are, as `make stress` does.
"""

import ast
import doctest
import importlib
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from lib.audio.samples import BASE_COLUMNS, FEATURE_COLUMNS
from lib.composing.clip_table import GRID_COLUMNS
from lib.io.ffmpeg import ffmpeg_exe
from lib.tables.sample_summaries import COUNT_COLUMN, MEDIANS
from lib.tables.table import read_table, write_table
from lib.video.file_features import AUDIO_COLUMN, VIDEO_COLUMN
from tests.support.archive_server import ArchiveServer
from tests.support.scripts import status_of

ROOT = Path(__file__).parents[1]
MEDIA = ROOT / "media" / "sample"
FLAGS = json.loads((ROOT / "tests" / "flags.json").read_text(encoding="utf-8"))
README = "README.md"
PAPERS = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
}
# Subjects that the README leaves to a page of their own.
PAGES = [
    "accuracy",
    "cluster",
    "collections",
    "columns",
    "compositions",
    "explorer",
    "mosaic",
    "packages",
    "robustness",
    "scenes",
    "speed",
]
# The part of the sample media that the recipes are run on, from and to a second: of each kind what their filters need
# (C sharps and G flats, loud notes).
EXCERPTS = {".mp4": (0, 5), ".mp3": (17, 26), ".wav": (0, 5)}
# A README for someone with a file in hand.
LONGEST_README = 10_000


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.M | re.S)


def commands(text):
    joined = text.replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]


def shell(text):
    return [command for block in blocks(text, "sh") for command in commands(block)]


def outputs(command):
    """The files that a command says it writes."""
    return re.findall(r'-out "((?:output|tmp)/[^"%]+)"', command)


@pytest.fixture(scope="module")
def media(request, tmp_path_factory):
    """The sample media, or excerpts of them that are long enough for each recipe."""
    if request.config.getoption("--whole-media"):
        return MEDIA
    folder = tmp_path_factory.mktemp("excerpts")
    for path in MEDIA.iterdir():
        if path.suffix in EXCERPTS:
            begin, end = EXCERPTS[path.suffix]
            cut = ["-ss", f"{begin}", "-i", path, "-t", f"{end - begin}", "-map", "0", "-c", "copy", folder / path.name]
            subprocess.run([ffmpeg_exe(), "-v", "error", *cut], check=True, stdin=subprocess.DEVNULL)
        else:
            (folder / path.name).symlink_to(path)
    return folder


@pytest.fixture
def workplace(tmp_path, media):
    """A checkout of its own: the scripts, with links to what they only read."""
    folder = tmp_path / "a user's folder"
    folder.mkdir()
    (folder / "media").mkdir()
    (folder / "media" / "sample").symlink_to(media)
    for path in ROOT.iterdir():
        if path.name not in {"tmp", "output", "media"} and not path.name.startswith("."):
            (folder / path.name).symlink_to(path)
    return folder


@pytest.fixture
def archive(media):
    """An archive on this machine that holds the sample films."""
    with ArchiveServer() as server:
        for path in sorted(media.glob("film_*.mp4")):
            server.add(path.stem, {path.name: path}, title=path.stem, collection="prelingerhomemovies")
        yield server


@pytest.fixture(scope="module")
def cuts(tmp_path_factory):
    """A folder for what the recipes find out about the sample films: a user's cache, which they share."""
    return tmp_path_factory.mktemp("found out")


def recipes():
    """Return {title: its commands}. A page starts from the sample media alone; of the README every chapter does."""
    found = {}
    for name, text in PAPERS.items():
        for part in re.split(r"^## ", text, flags=re.M) if name == README else [text]:
            lines = shell(part)
            if lines:
                found[f"{name}: {part.splitlines()[0].lstrip('# ')}"] = lines
    return found


RECIPES = recipes()
SHELL = [command for lines in RECIPES.values() for command in lines]


def test_there_are_commands_to_run():
    assert len(shell(PAPERS[README])) > 10
    assert len(SHELL) == sum(len(shell(text)) for text in PAPERS.values())
    for name, text in PAPERS.items():
        assert set(re.findall(r"^```(\w*)\n.*?^```", text, flags=re.M | re.S)) <= {"sh", "console", "text", "python"}, (
            name
        )


def test_the_readme_is_short_and_each_subject_has_a_page():
    assert len((ROOT / README).read_bytes()) <= LONGEST_README
    assert sorted(path.stem for path in (ROOT / "docs").glob("*.md")) == PAGES
    assert all(f"(docs/{page}.md)" in PAPERS[README] for page in PAGES)


# For a test: an excerpt that begins before the first sound, in small pictures; samples for the largest grid.
SMALL = " -width 160 -height 90 -fps 6 -ss 0.5 -sd 2"
FEW = " -count 40"
# Grids: what is inside of another one, or as large, stays so.
SMALLER = {"16x16": "6x6", "8x8": "4x4", "6x6": "3x3", "4x4": "2x2"}


def quicker(command):
    """Return a command that does the same in less time: on a smaller grid, with fewer samples, in one process."""
    command = re.sub(r"\b\d+x\d+\b", lambda grid: SMALLER.get(grid[0], grid[0]), command)
    if "audio_to_samples.py" in command and "film_*.mp4" in command and not re.search(" -(count|samples) ", command):
        command += FEW
    command = re.sub(r" -threads -?\d+", " -threads 1", command)  # (workers would load the libraries again)
    return command + SMALL * ("compositions/" in command)


def run_in_shell(command):
    """Run a command as a user does; return its exit status and what it wrote to stderr."""
    run = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    return run.returncode, run.stderr


def run_here(command, capsys):
    """The same in this process, which has loaded the libraries already.

    What a shell makes of the words, and that each script starts as a program, are tests of their own.
    """
    _, script, *words = shlex.split(command)
    if "threads" in FLAGS[script] and "-threads" not in words:
        words += ["-threads", "1"]
    main = importlib.import_module(script.removesuffix(".py").replace("/", ".")).main
    capsys.readouterr()
    status = status_of(main, words)
    return status, capsys.readouterr().err


def short_evening():
    """Write the list of the evening down to its first composition, small and quick; return its name."""
    table = read_table("titles/evening.csv")
    count = next(n for n, flags in enumerate(table.text("flags"), 1) if flags)
    first = table.take(range(count))
    flags = [(quicker(words) + SMALL) * bool(words) for words in first.text("flags")]
    seconds = ["2" * bool(length) for length in first.text("seconds")]
    write_table(first.with_columns({"flags": flags, "seconds": seconds}), "tmp/s.csv")
    return "tmp/s.csv"


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_runs(recipe, workplace, archive, cuts, monkeypatch, capsys):
    monkeypatch.chdir(workplace)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setenv("MEDIA_TOOLS_CACHE", str(cuts))
    # What a page says twice, so that its chapters can be read alone, is made by the first time.
    for shown in dict.fromkeys(RECIPES[recipe]):
        command = quicker(shown)
        if "internet_archive" in shown:
            command += f" -host {archive.host}"
        if "titles/evening.csv" in shown:
            command = shown.replace("titles/evening.csv", short_evening())
        status, told = run_in_shell(command) if shown == SHELL[0] else run_here(command, capsys)
        assert not status, f"{command}\n{told}"
        assert "Traceback" not in told
        for out in outputs(command):
            assert (workplace / out).stat().st_size > 0, command


def test_every_command_means_to_a_shell_what_its_words_say():
    script = "\n".join(f"printf '%s\\0' {command}; printf '\\n'" for command in SHELL)
    echoed = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=MEDIA)
    for command, words in zip(SHELL, echoed.stdout.splitlines(), strict=True):
        assert words.split("\0")[:-1] == shlex.split(command), command


def test_every_command_names_a_script_that_is_there():
    for command in SHELL:
        words = command.split()
        assert words[0] == "python", command
        assert (ROOT / words[1]).is_file(), command


def test_the_steps_to_install_are_those_that_make_takes():
    steps = [c for text in PAPERS.values() for block in blocks(text, "console") for c in commands(block)]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for step in steps:
        if step.startswith("make "):
            assert re.search(rf"^{step.split()[1]}:", makefile, flags=re.M), step
        elif step.startswith("pip install"):
            assert step.removeprefix("pip install ") in makefile.replace("$(PIP) ", ""), step
        else:
            assert step in {"python3 -m venv .venv", "source .venv/bin/activate"}, step


def test_every_column_that_a_stage_writes_is_explained():
    explained = set(re.findall(r"`(\w+)`", PAPERS["docs/columns.md"]))
    written = {
        *BASE_COLUMNS,
        *FEATURE_COLUMNS,
        *MEDIANS.values(),
        COUNT_COLUMN,
        AUDIO_COLUMN,
        VIDEO_COLUMN,
        *GRID_COLUMNS,
    }
    assert written <= explained


def anchors(text):
    """Return the names by which GitHub lets a page's headings be linked to."""
    headings = re.findall(r"^#+ (.*)$", text, flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", PAPERS)
def test_links_and_pictures_are_there(name):
    for target, anchor in re.findall(r"\]\(([^)#]*)#?([^)]*)\)", PAPERS[name]):
        if target.startswith("https://"):
            continue
        path = (ROOT / name).parent / target if target else ROOT / name
        assert path.exists(), target
        if anchor:
            assert anchor in anchors(path.read_text(encoding="utf-8")), f"{target}#{anchor}"


@pytest.mark.parametrize("name", PAPERS)
def test_no_merge_left_its_marks(name):
    assert not re.findall(r"^(?:<{7} |={7}$|>{7} )", PAPERS[name], flags=re.M)


def names_of(path):
    """Return the names that a module defines: functions, classes, and methods as Class.method."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            fields = (item.target.id for item in node.body if isinstance(item, ast.AnnAssign))
            methods = (item.name for item in node.body if isinstance(item, ast.FunctionDef))
            found |= {f"{node.name}.{name}" for name in [*fields, *methods]}
    return found


def test_what_contributing_names_exists():
    text = PAPERS["CONTRIBUTING.md"]
    words = {word for span in re.findall(r"`([^`\n]+)`", text) for word in span.split()}
    paths = {
        word for word in words if re.fullmatch(r"(lib|tests|benchmarks|scrapers|compositions|docs)(/[\w.]+)*/?", word)
    }
    paths |= {word for word in words if re.fullmatch(r"\w+\.(py|md)", word)}
    assert len(paths) > 40
    for path in paths:
        assert (ROOT / path).exists(), path
    chapter = text.split("## The path of `start`\n")[1].split("\n## ")[0]
    modules = {word for word in re.findall(r"`(lib/[\w/]+\.py)`", chapter)}
    defined = set().union(*(names_of(ROOT / module) for module in modules))
    called = set(
        re.findall(r"`([A-Z]\w+(?:\.\w+)?|_?[a-z]+_\w+|compose|extract|mix|pictures|make_film|_add|_finish)`", chapter)
    )
    others = {"start_ms", "dur_ms", "time_ms", "features_to_audio"}
    assert len(called) > 20
    assert called - others <= defined


EXAMPLES = sorted(path for path in ROOT.glob("lib/**/*.py") if ">>> " in path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_examples_in_docstrings_are_true(path):
    module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    results = doctest.testmod(module)
    assert results.attempted
    assert not results.failed
