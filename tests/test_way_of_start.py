"""The path of `start` in CONTRIBUTING.md is that of the code: each step leads to the next one that is named."""

import ast
import re
from functools import cache

import pytest

from tests.support.each import each
from tests.support.media_factory import ROOT

PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
CHAPTER = PAGE.split("## The path of `start`\n")[1].split("\n## ")[0]
AUDIO, COMPOSING = "lib.audio", "lib.composing"
# What leads to what, through at most as many functions that the page does not name.
MOST_BETWEEN = 3
STEPS = [
    (f"{AUDIO}.collection.make_tables", f"{AUDIO}.samples.sample_table_of"),
    (f"{AUDIO}.samples.sample_table_of", f"{AUDIO}.helped_reader.HelpedReader"),
    (f"{AUDIO}.helped_reader.HelpedReader", f"{AUDIO}.reader.AudioReader"),
    (f"{AUDIO}.samples.sample_table_of", f"{AUDIO}.onsets.find_onsets"),
    (f"{AUDIO}.samples.sample_table_of", f"{AUDIO}.samples.cut_at_onsets"),
    (f"{AUDIO}.samples.sample_table_of", f"{AUDIO}.samples._table_of"),
    (f"{COMPOSING}.pipeline.make_film", f"{COMPOSING}.clip_table.load_clips"),
    (f"{COMPOSING}.clip_table.load_clips", "lib.tables.table.read_filled"),
    (f"{COMPOSING}.clip_table.load_clips", f"{COMPOSING}.clips.Clips"),
    ("compositions.waves.Waves", f"{COMPOSING}.score.score_of"),
    (f"{COMPOSING}.score.score_of", f"{COMPOSING}.score.Score"),
    (f"{COMPOSING}.pipeline.make_film", f"{COMPOSING}.sounds.sounds_of"),
    (f"{COMPOSING}.sounds.sounds_of", f"{AUDIO}.mix_plays.Play"),
    (f"{COMPOSING}.pipeline.make_film", f"{AUDIO}.mixer.mix"),
    (f"{AUDIO}.mixer.mix", f"{AUDIO}.ranges.read_ranges"),
    (f"{AUDIO}.mixer.mix", f"{AUDIO}.mix_sounds._ready"),
    (f"{AUDIO}.mixer.mix", f"{AUDIO}.mixer._add"),
    (f"{AUDIO}.mixer.mix", f"{AUDIO}.mixer._finish"),
    (f"{COMPOSING}.pipeline.make_film", f"{AUDIO}.writer.write_audio"),
    ("features_to_audio.run", f"{AUDIO}.mixer.mix"),
    ("features_to_audio.run", f"{AUDIO}.mixer.overlapped"),
    (f"{COMPOSING}.pipeline.make_film", f"{COMPOSING}.sources.source_of"),
    (f"{COMPOSING}.sources.source_of", f"{COMPOSING}.screen.largest_sizes"),
    (f"{COMPOSING}.sources.source_of", f"{COMPOSING}.clip_ranges.ClipRange"),
    (f"{COMPOSING}.sources.source_of", f"{COMPOSING}.film_parts.film_parts"),
    (f"{COMPOSING}.sources.source_of", f"{COMPOSING}.frame_store.fill_store"),
    (f"{COMPOSING}.frame_store.fill_store", f"{COMPOSING}.frame_store.extract"),
    (f"{COMPOSING}.frame_store.extract", "lib.video.reader.VideoReader"),
    (f"{COMPOSING}.pipeline.make_film", f"{COMPOSING}.frames.render_files"),
    (f"{COMPOSING}.pipeline.make_film", f"{COMPOSING}.frames.pictures"),
    (f"{COMPOSING}.frames.render_files", f"{COMPOSING}.screen.Screen.picture"),
    (f"{COMPOSING}.frames.pictures", f"{COMPOSING}.screen.Screen.picture"),
    (f"{COMPOSING}.screen.Screen.picture", f"{COMPOSING}.layout.Layout"),
    (f"{COMPOSING}.screen.Screen.picture", f"{COMPOSING}.score.Timeline.phase"),
    (f"{COMPOSING}.score.Timeline.phase", f"{COMPOSING}.score.Timeline"),
    (f"{COMPOSING}.screen.Screen.picture", f"{COMPOSING}.clip_frames.ClipFrames.draws"),
    (f"{COMPOSING}.clip_frames.ClipFrames.draws", f"{COMPOSING}.rasterizer.DrawList"),
    (f"{COMPOSING}.screen.Screen.picture", f"{COMPOSING}.rasterizer.Rasterizer.draw"),
    (f"{COMPOSING}.pipeline.make_film", "lib.video.writer.VideoWriter"),
]
# Words of the chapter that are no functions or classes: columns, fields, a script.
OTHERS = {"start_ms", "dur_ms", "time_ms", "features_to_audio", "Clips.start"}


@cache
def module(name):
    """Return what a module names, {word: its whole name}, and what each of its functions and classes uses."""
    tree = ast.parse((ROOT / (name.replace(".", "/") + ".py")).read_text(encoding="utf-8"))
    known = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            known |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    parts = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    known |= {word: f"{name}.{word}" for word in parts}
    for kind in [node for node in parts.values() if isinstance(node, ast.ClassDef)]:
        parts |= {f"{kind.name}.{part.name}": part for part in kind.body if isinstance(part, ast.FunctionDef)}
    uses = {}
    for word, part in parts.items():
        nodes = list(ast.walk(part))
        named = {known[node.id] for node in nodes if isinstance(node, ast.Name) and node.id in known}
        of_modules = {
            f"{known[node.value.id]}.{node.attr}"
            for node in nodes
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in known
        }
        uses[word] = named | of_modules, {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return uses


def after(name):
    """Yield what a function or class uses of the project; of methods, those that are a step, by their names."""
    parts = name.split(".")
    files = (".".join(parts[:n]) for n in range(len(parts), 0, -1))
    path = next((file for file in files if (ROOT / f"{file.replace('.', '/')}.py").exists()), None)
    if path is None or path == name:
        return
    word = name.removeprefix(f"{path}.")
    uses, asked = module(path).get(word, (set(), set()))
    yield from uses
    yield from {step for step in METHODS if step.rpartition(".")[2] in asked}
    if "." in word:  # what the class is made of
        yield f"{path}.{word.partition('.')[0]}"


METHODS = {step for pair in STEPS for step in pair if re.search(r"\.[A-Z]\w+\.\w+$", step)}


def leads(one, other):
    """Return whether a function leads to another, through others that the page need not name."""
    reached = {one}
    for _ in range(MOST_BETWEEN + 1):
        reached |= {target for name in reached for target in after(name)}
        if other in reached:
            return True
    return False


@each(("one", "other"), STEPS)
def test_a_step_leads_to_the_next(one, other):
    assert leads(one, other)


@pytest.mark.parametrize("other", ["samples.sample_table", "onsets.onset_times", "mosaic_target.target_samples"])
def test_what_tests_or_other_stages_call_is_not_on_the_way(other):
    assert not leads(f"{AUDIO}.collection.make_tables", f"{AUDIO}.{other}")


def test_the_page_names_each_step_and_no_other():
    named = set(
        re.findall(r"`([A-Z]\w+(?:\.\w+)?|_?[a-z]+_\w+|extract|mix|pictures|overlapped|_add|_finish|_ready)`", CHAPTER)
    )
    steps = {match for pair in STEPS for step in pair for match in re.findall(r"((?:[A-Z]\w+\.)?\w+)$", step)}
    assert named - OTHERS <= steps
    assert steps - named == {"Waves", "run"}  # a composition, and the script


def asks_where_it_runs(path):
    """Return whether a module compares the name of the system with one it knows."""
    text = path.read_text(encoding="utf-8")
    return ("os.name" in text or "sys.platform" in text) and any(
        isinstance(node, ast.Compare) and ast.unparse(node.left) in ("os.name", "sys.platform")
        for node in ast.walk(ast.parse(text))
    )


def test_the_modules_that_ask_where_they_run_are_those_that_the_page_names():
    asking = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("lib/**/*.py") if asks_where_it_runs(path)}
    paragraph = PAGE.split("Differences between systems are in ")[1].split("\n\n")[0]
    assert asking <= set(re.findall(r"`(lib/[\w/]+\.py)`", paragraph)) == asking | {"lib/io/names.py"}
