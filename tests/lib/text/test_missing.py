"""Letters that the included font lacks: an installed one is used, and what none has is said."""

from pathlib import Path
from types import SimpleNamespace

import matplotlib as mpl
import pytest
from matplotlib import font_manager

from lib.text import typesetting
from lib.text.markdown import Run
from lib.text.missing import without_font
from lib.text.title_style import FONTS, REGULAR
from lib.text.typesetting import MISSING, Face, letters

# It has Arabic letters, a snowman and Georgian ones, which Open Sans lacks, but no Chinese ones.
OTHER = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
OURS = FONTS / REGULAR


@pytest.fixture
def one_font(monkeypatch):
    entry = SimpleNamespace(fname=str(OTHER), name="DejaVu Sans", style="normal", weight=400)
    monkeypatch.setattr(font_manager.fontManager, "ttflist", [entry])
    typesetting.installed.cache_clear()
    yield
    typesetting.installed.cache_clear()


def test_an_installed_font_has_the_letters_that_ours_lacks(one_font):
    face = Face((OURS,), 20.0)
    found = letters([Run("a\u10d0"), Run("\u2603\u6771", True)], face, face)
    assert [letter.text for letter in found] == ["a", "\u10d0", "\u2603", MISSING]
    assert [letter.font.getname()[0] for letter in found] == ["Open Sans", "DejaVu Sans", "DejaVu Sans", "Open Sans"]


def test_letters_without_a_font_are_one_line(one_font):
    assert without_font(["plain", "\u10d0\u2603 Gr\u00fc\u00dfe\n\t"]) == ""
    said = without_font(["\u6771\u4eac", "\u6771"])
    assert said.startswith("no installed font has the letters \u4eac \u6771: ")
    assert "Noto" in said
    assert without_font(["\u6771"], [OTHER]).count("\u6771") == 1
