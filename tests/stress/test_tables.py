"""The campaign of hostile tables, a few of them; and that it can fail."""

import pytest

from lib.tables import dialects, plain_csv
from tests.stress import tables as campaign

pytestmark = pytest.mark.slow


def test_some_hostile_tables() -> None:
    assert campaign.wrong_with(4, 8) == []


def test_a_misread_table_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (dialects, plain_csv):
        monkeypatch.setattr(module, "find_separator", lambda text: ",")
    assert campaign.wrong_with(4, 3)
