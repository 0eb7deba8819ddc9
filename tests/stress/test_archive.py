"""Each fault of the campaign by itself, all at once, and that the campaign can fail."""

from pathlib import Path

import pytest

from lib.archive import download, record
from tests.stress import archive as campaign

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("fault", campaign.FAULTS, ids=lambda fault: fault.__name__)
def test_one_fault(tmp_path: Path, fault: object) -> None:
    assert campaign.wrong_with(1, tmp_path, [fault], good=3) == []  # type: ignore[list-item]


def test_there_are_fourteen_faults_and_more() -> None:
    """Those of items, and of the search: the cursor, the total, the time, an empty page."""
    assert len(campaign.FAULTS) + 4 >= 14
    assert campaign.EACH * len(campaign.FAULTS) + campaign.GOOD > 100  # more than a page


def test_all_faults_at_once(tmp_path: Path) -> None:
    assert campaign.wrong_with(0, tmp_path) == []


def test_a_splice_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "version_of", lambda response: "always the same")
    changing = [campaign.changing_body]
    wrong = (what for seed in range(8) for what in campaign.wrong_with(seed, tmp_path, changing, good=1))
    assert any(what.startswith("differs: ") for what in wrong)  # the first seed that shows it is enough


def test_a_loop_without_an_end_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record.Record, "is_known", lambda *arguments: False)
    monkeypatch.setattr(record.Record, "is_refused", lambda *arguments: False)
    assert any("does not end" in what for what in campaign.wrong_with(1, tmp_path, [campaign.refused], good=1))
