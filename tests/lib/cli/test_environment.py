"""What a script inherits: the backend of its pictures, the date of its files."""

import os

import pytest

from lib.cli.environment import check_here, forget_backend
from lib.errors import MediaError
from tests.support.each import each


@each(("name", "kept"), [("agg", True), ("TkAgg", True), ("", True), ("module://x", False), ("inline", False)])
def test_only_backends_that_matplotlib_has_are_kept(monkeypatch, name, kept):
    monkeypatch.setenv("MPLBACKEND", name)
    forget_backend()
    assert os.environ.get("MPLBACKEND") == (name if kept else None)
    forget_backend()


@each(
    ("date", "good"),
    [(None, True), ("0", True), ("253402300799", True), ("253402300800", False), ("-1", False), ("", False),
     ("1.5", False),
     ("\u0663", False), ("9" * 5000, False), ("0" * 21 + "5", True)],
)  # fmt: skip
def test_a_date_is_of_seconds_before_the_year_10000(monkeypatch, date, good):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    if date is not None:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", date)
    if good:
        check_here()
    else:
        with pytest.raises(MediaError) as raised:
            check_here()
        assert repr((date or "")[:40]) in str(raised.value)


def test_a_folder_that_is_gone(monkeypatch, tmp_path):
    def gone():
        raise FileNotFoundError

    monkeypatch.setattr("os.getcwd", gone)
    with pytest.raises(MediaError, match="the current folder no longer exists"):
        check_here()
