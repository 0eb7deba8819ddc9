"""Controls of the page that no other test presses; and that each one is pressed in some test."""

import re
from pathlib import Path

from tests.support.media_factory import ROOT


def test_every_control_is_used_in_a_test():
    scripts = "".join(path.read_text("utf-8") for path in sorted((ROOT / "explorer").glob("*.js")))
    tests = "".join(path.read_text("utf-8") for path in sorted(Path(__file__).parent.glob("test_*.py")))
    wired = set(re.findall(r'byId\("([\w-]+)"\)\.addEventListener', scripts))
    assert len(wired) > 30
    assert {
        name for name in wired if f'"{name}"' not in tests and f"'{name}'" not in tests and f"#{name}" not in tests
    } == set()


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
