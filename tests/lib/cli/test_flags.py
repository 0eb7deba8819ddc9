"""Every flag of every script, against values that are kept here: its default, its type, and the words that it takes."""

import importlib.util
import json
import re
import sys
from functools import cache
from pathlib import Path

import pytest

from lib.cli.parser import DESTINATIONS
from lib.cli.ranges import Range
from lib.io.endings import FILM_ENDINGS, PICTURE_ENDINGS, SOUND_ENDINGS
from tests.support.compositions import OWN
from tests.support.each import each
from tests.support.media_factory import ROOT

TABLE = json.loads((ROOT / "tests/flags.json").read_text("utf-8"))
FLAGS = [(script, name) for script, flags in TABLE.items() for name in flags]
FOLDERS = ("*.py", "compositions/[a-z]*.py", "scrapers/*/*.py")
PYTHON = {"int": int, "float": float}


@cache
def parser_of(script):
    spec = importlib.util.spec_from_file_location(f"flags_of_{Path(script).stem}", ROOT / script)
    module = importlib.util.module_from_spec(spec)
    before = list(sys.path)
    spec.loader.exec_module(module)
    sys.path[:] = before
    return module.parser()


def parse(script, *words):
    """Parse words, with those flags that the script cannot do without."""
    needed = [w for name, flag in TABLE[script].items() if flag.get("required") for w in (f"-{name}", "x")]
    return parser_of(script).parse_args([*needed, *words])


def test_every_script_is_in_the_table():
    scripts = {path.relative_to(ROOT).as_posix() for folder in FOLDERS for path in ROOT.glob(folder)}
    assert set(TABLE) == scripts - {f"compositions/{name}.py" for name in OWN}


@each("script", TABLE)
def test_a_script_has_these_flags_and_no_others(script):
    parser = parser_of(script)
    assert list(parser.flags) == list(TABLE[script])
    spelled = {word for action in parser._actions for word in action.option_strings}
    assert spelled == {f"-{name}" for name in TABLE[script]} | {"-h", "-help", "-version"}


@pytest.mark.slow
@each(("script", "name"), FLAGS)
def test_a_flag(script, name, capsys):
    kept, flag = TABLE[script][name], parser_of(script).flags[name]
    destination = DESTINATIONS.get(name, name)
    if kept["type"] == "switch":
        assert getattr(parse(script), destination) is False
        assert getattr(parse(script, f"-{name}"), destination) is True
        return
    assert flag.required == kept.get("required", False)
    if not flag.required:
        assert flag.default == kept["default"]
    if kept["type"] in PYTHON:
        given = [f"-{name}", "1"] if kept.get("default") is None else []
        assert type(getattr(parse(script, *given), destination)) is PYTHON[kept["type"]]
        for word in ("x", "") if kept["type"] == "float" else ("x", "", "1.5"):
            refused(script, name, word, capsys)
    for word in kept.get("choices", ()):
        assert getattr(parse(script, f"-{name}", word), destination) == word
    if "choices" in kept:
        refused(script, name, "no such word", capsys)


@each("script", TABLE)
def test_names_that_cannot_be_empty(script, capsys):
    """Of inputs, and of outputs that are not written back into the input."""
    for name in TABLE[script].keys() & {"in", "target", "cd", "tfile"}:
        if (script, name) != ("make_sequence.py", "in"):  # whose own message says what it holds
            refused(script, name, " ", capsys)
    if TABLE[script].get("out", {}).get("default"):
        refused(script, "out", "", capsys)


def refused(script, name, word, capsys):
    with pytest.raises(SystemExit) as ended:
        parse(script, f"-{name}", word)
    assert ended.value.code == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert f"argument -{name}: " in line
    return line


def test_the_endings_of_outputs_are_those_that_can_be_written():
    from lib.audio.writer import FORMATS
    from lib.plots.output import FORMATS as PICTURES
    from lib.video.writer import MUXERS

    assert tuple(FORMATS) == SOUND_ENDINGS
    assert tuple(f".{name}" for name in PICTURES) == PICTURE_ENDINGS
    assert tuple(MUXERS) == FILM_ENDINGS


def test_the_methods_of_flags_are_those_that_there_are():
    """The library's are not imported for `-h`, since that loads heavy packages."""
    from lib.audio import onsets
    from lib.cli.films import DETECTORS
    from lib.cli.flags import SAMPLE_COLUMNS
    from lib.cli.grids import METHODS
    from lib.math import grid
    from lib.tables import sample_rows
    from lib.video import scenes

    assert parser_of("audio_to_samples.py").flags["onsets"].choices == onsets.METHODS
    assert METHODS == grid.METHODS
    assert DETECTORS == scenes.DETECTORS
    assert set(sample_rows.SAMPLE_COLUMNS) == SAMPLE_COLUMNS


@pytest.mark.parametrize("script", [s for s in TABLE if not s.startswith("compositions/")])
def test_the_help_ends_with_an_example_of_the_documentation(script):
    papers = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    text = "\n".join(path.read_text("utf-8") for path in papers).replace("\\\n", " ")
    example = parser_of(script).example
    assert example.startswith(f"python {script} ")
    assert re.sub(r"\s+", " ", example) in re.sub(r"\s+", " ", text)
    assert parser_of(script).format_help().endswith(f"example:\n  {example}\n")


# The numbers between which a flag takes its value: the lowest and the highest, and by how much others are refused.
BOUNDS = {
    ("audio_to_samples.py", "pitched"): (0, 1, 0.01),
    ("features_to_audio.py", "rvb"): (0, 100, 1),
    ("features_to_video.py", "lufs"): (-70, 10, 0.1),
    ("samples_to_explorer.py", "cell"): (12, 480, 12),
    ("samples_to_explorer.py", "pwidth"): (16, 30_000, 1),
    ("samples_to_explorer.py", "quality"): (1, 100, 1),
    ("samples_to_explorer.py", "mb"): (1, 100_000, 1),
    ("samples_to_explorer.py", "longest"): (20, 60_000, 1),
    ("samples_to_mosaic.py", "shift"): (0, 36, 1),
    ("samples_to_tsne.py", "append"): (0, 1, 1),
    ("samples_to_tsne.py", "components"): (1, 3, 1),
    ("samples_to_tsne.py", "rate"): (1, 1_000_000, 1),
    ("samples_to_tsne.py", "angle"): (0, 1, 0.01),
    ("samples_to_vsamples.py", "fps"): (1, 1000, 1),
    ("samples_to_vsamples.py", "width"): (1, 8192, 1),
    ("samples_to_vsamples.py", "height"): (1, 8192, 1),
    ("sort_audio.py", "steps"): (1, 3, 1),
    ("compositions/waves.py", "margin"): (0, 0.99, 0.001),
    ("compositions/waves.py", "fa"): (0, 1, 0.01),
    ("compositions/waves.py", "blur"): (1, 64, 1),
    ("compositions/waves.py", "rvb"): (0, 100, 1),
    ("compositions/orbits.py", "bdivision"): (0, 10, 1),
    ("compositions/stretch.py", "tba"): (0, 1, 0.01),
    ("compositions/poster.py", "rr"): (1, 4, 0.01),
    ("compositions/poster.py", "tyoffset"): (-1, 1, 0.01),
    ("compositions/poster.py", "txoffset"): (-1, 1, 0.01),
}
# The same, where the lowest number is refused too.
ABOVE = {
    ("audio_to_samples.py", "sensitivity"): (0, None),
    ("make_credits.py", "seconds"): (0, 600),
    ("make_credits.py", "res"): (0, 100),
    ("compositions/poster.py", "res"): (0, 100),
    ("compositions/poster.py", "maxw"): (0, 1),
}
# Besides the numbers from the lowest on, this one is taken, for what the message says of it.
OR_ELSE = {
    ("samples_to_mosaic.py", "grain"): (20, None, -1, "-1 to cut at onsets"),
    ("samples_to_clusters.py", "count"): (1, None, -1, "-1 to find it from the data"),
    ("samples_to_explorer.py", "kbps"): (12, 256, 0, "0 for what fits"),
    ("scrapers/internet_archive/download_metadata.py", "rows"): (1, None, -1, "-1 for 10000"),
    ("audio_to_samples.py", "count"): (1, None, -1, "-1 for no limit"),
    ("audio_to_samples.py", "max"): (1, None, -1, "-1 for no limit"),
    ("audio_to_samples.py", "threads"): (1, None, -1, "-1 for all cores"),
}


def help_of(script, name):
    (action,) = (action for action in parser_of(script)._actions if f"-{name}" in action.option_strings)
    return action.help


def numbers(text):
    return {float(number) for number in re.findall(r"(?<![\w-])-?\d+(?:\.\d+)?", text.replace("0-1", "0 to 1"))}


@each(("script", "name"), BOUNDS)
def test_the_numbers_that_a_flag_takes(script, name, capsys):
    lowest, highest, step = BOUNDS[script, name]
    for word in (f"{lowest:g}", f"{highest:.10g}"):
        assert getattr(parse(script, f"-{name}", word), DESTINATIONS.get(name, name)) == float(word)
    for beyond in (lowest - step, highest + step):
        word = f"{beyond:.10g}"
        assert {lowest, highest} <= numbers(refused(script, name, word, capsys).partition(word)[2])
    assert {lowest, highest} <= numbers(help_of(script, name))


@each(("script", "name"), ABOVE)
def test_the_numbers_above_another_that_a_flag_takes(script, name, capsys):
    lowest, highest = ABOVE[script, name]
    ends = {lowest} if highest is None else {lowest, highest}
    beyond = [str(lowest), *([] if highest is None else [str(highest + 1)])]
    assert getattr(parse(script, f"-{name}", "0.01"), name) == 0.01
    assert getattr(parse(script, f"-{name}", str(highest or 1e6)), name) == (highest or 1e6)
    for word in beyond:
        assert ends <= numbers(refused(script, name, word, capsys).partition(word)[2])
    assert ends <= numbers(help_of(script, name))


@each(("script", "name"), OR_ELSE)
def test_the_one_number_below_the_others_that_a_flag_takes(script, name, capsys):
    lowest, highest, other, said = OR_ELSE[script, name]
    for value in (lowest, highest or 10**6, other):
        assert getattr(parse(script, f"-{name}", str(value)), name) == value
    for value in (lowest - 1, -2, *([] if highest is None else [highest + 1])):
        if value != other:
            line = refused(script, name, str(value), capsys)
            assert f", or {said}" in line
            assert lowest in numbers(line.partition(":")[2])
    assert other in numbers(help_of(script, name))
    assert lowest == 1 or {lowest, highest or lowest} <= numbers(help_of(script, name))


def test_each_flag_with_limits_is_in_a_table_of_them():
    """What scripts share is there once."""
    known = {(name, parser_of(script).flags[name].kind) for script, name in [*BOUNDS, *ABOVE]}
    for script in TABLE:
        for name, flag in parser_of(script).flags.items():
            if isinstance(flag.kind, Range) and flag.kind.highest < 1e9:
                assert (name, flag.kind) in known, script
