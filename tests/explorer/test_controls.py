"""Controls of the page that no other test presses; and that each one is pressed in some test."""

import re
from pathlib import Path

import pytest

from tests.explorer.test_play import choose, fill_pads, make_path, text_of
from tests.support.media_factory import ROOT


def test_every_control_is_used_in_a_test():
    scripts = "".join(path.read_text("utf-8") for path in sorted((ROOT / "explorer").glob("*.js")))
    tests = "".join(path.read_text("utf-8") for path in sorted(Path(__file__).parent.glob("test_*.py")))
    wired = set(re.findall(r'byId\("([\w-]+)"\)\.addEventListener', scripts))
    assert len(wired) > 30
    assert {
        name for name in wired if f'"{name}"' not in tests and f"'{name}'" not in tests and f"#{name}" not in tests
    } == set()


def test_buttons_zoom_and_fit(page_600):
    page = page_600
    view = page.state("view")
    page.press("closer")
    page.press("closer")
    assert page.state("view") == pytest.approx({**view, "scale": 2.25 * view["scale"]})
    page.press("farther")
    assert page.state("view") == pytest.approx({**view, "scale": 1.5 * view["scale"]})
    page.window.drag([(300, 300), (350, 340)])
    assert page.state("view")["x"] == pytest.approx(view["x"] - 50 / (1.5 * view["scale"]))
    page.press("fit")
    assert page.state("view") == pytest.approx(view)


def test_the_panel_is_put_away_and_back(page_600):
    page = page_600
    shown = "return [document.getElementById('panel').clientWidth > 0, document.getElementById('map').clientWidth]"
    with_panel = page.window.run(shown)
    page.press("panel-switch")
    without = page.window.run(shown)
    assert (with_panel[0], without[0]) == (True, False)
    assert without[1] > with_panel[1] + 100
    expanded = "return document.getElementById('panel-switch').getAttribute('aria-expanded')"
    assert page.window.run(expanded) == "false"
    page.press("panel-switch")
    assert page.window.run(shown) == with_panel
    assert page.window.run(expanded) == "true"


def test_a_sample_is_put_on_a_pad_and_taken_off(page_600):
    page = page_600
    page.window.run("document.getElementById('pads-section').open = true")
    page.press("pad-sample")
    assert text_of(page, "status").startswith("Choose a sample first")
    page.hover(65)
    page.window.until("explorer.state.current === 65")
    pad = "document.querySelectorAll('.pad')[arguments[0]].click()"
    page.window.run("document.getElementById('pad-sample').click()")  # the pointer stays on the sample
    page.window.run(pad, 3)
    assert page.state("pads") == "3r1t"  # 65 = 1 * 36 + 29
    page.press("pad-clear")
    page.window.run(pad, 3)
    assert page.state("pads") == ""


def test_steps_swing_play_and_are_cleared(page_600):
    page = page_600
    page.wake()
    fill_pads(page, 40, 41)
    page.window.run("document.querySelectorAll('.pad')[0].click()")
    for step in (0, 1, 2):
        page.window.run("document.querySelectorAll('.step')[arguments[0]].click()", step)
    page.window.until("!explorer.state.voices.length")
    page.set("beat-bpm", "300", "change")
    page.set("beat-swing", "50")
    assert page.state("beat") == "300.50.0.07"
    page.set("beat-bpm", "", "change")  # no number: the usual one
    assert page.state("beat") == "120.50.0.07"
    page.set("beat-bpm", "300", "change")
    before = len(page.state("started"))
    page.press("beat-play")
    assert text_of(page, "beat-play") == "Stop"
    page.window.until(f"explorer.state.started.length >= {before + 3}")
    page.press("beat-play")
    assert text_of(page, "beat-play") == "Play"
    assert page.state("playing") == []
    begun = [voice["begun"] for voice in page.state("started")[before : before + 3]]
    step = 60 / 300 / 4
    assert [begun[1] - begun[0], begun[2] - begun[1]] == pytest.approx([1.5 * step, 0.5 * step], abs=1e-6)
    page.press("beat-clear")
    assert page.state("beat") == "300.50.0"


def test_a_path_is_selected_and_a_sample_played_by_buttons(page_600):
    page = page_600
    page.wake()
    choose(page, [7, 3, 100])
    make_path(page, "selection")
    page.press("deselect")
    assert page.state("selected") == []
    page.press("path-select")
    assert page.state("selected") == [3, 7, 100]
    page.window.click(*page.place(65))
    assert page.started(65)
    page.window.until("!explorer.state.voices.length")
    count = len(page.state("started"))
    page.press("play")
    page.window.until(f"explorer.state.started.length === {count + 1}")
    assert page.state("started")[-1]["row"] == 65


def test_a_walk_begins_with_the_sample_in_the_middle_of_the_view(page_600):
    """Cells are 1 wide and 0.75 high: at 8.05, 4.125 it is the ninth of the sixth row."""
    page = page_600
    page.wake()
    page.window.run("location.hash = 'view=8.05,4.125,4'")
    page.window.until("explorer.state.view.x === 8.05")
    page.window.run("document.getElementById('map').focus()")
    page.window.key("ArrowRight", "ArrowRight", "", 39)
    page.window.until("explorer.state.current >= 0")
    assert page.state("current") == 5 * 30 + 8
