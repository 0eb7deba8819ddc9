"""The record of downloads: what was refused need not be requested again for a day, whatever the clock says."""

import time

from lib.archive.record import Record


def test_a_refusal_holds_for_a_day_by_a_clock_that_goes_either_way(tmp_path, monkeypatch):
    now = time.time()
    kept = Record(str(tmp_path))
    kept.refuse("item", "a.mp4", "404", holds=True)
    kept.refuse("item", "b.mp4", "404", holds=False)
    for later, holds in ((3_600, True), (-3_600, True), (90_000, False), (-90_000, False)):
        monkeypatch.setattr(time, "time", lambda later=later: now + later)
        assert kept.is_refused("item", "a.mp4") == holds
        assert not kept.is_refused("item", "b.mp4")
    kept.close()


def test_files_are_whole_as_long_as_they_are_in_the_state_that_was_verified(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"film")
    kept = Record(str(tmp_path))
    assert not kept.is_whole("item", "a.mp4", str(path))
    assert kept.holder("a.mp4") == ""
    kept.keep("item", "a.mp4", str(path))
    token = kept.token
    kept.close()
    kept = Record(str(tmp_path))
    assert kept.token == token
    assert len(token) == 32
    assert kept.is_whole("item", "./a.mp4", str(path))
    assert not kept.is_whole("other", "a.mp4", str(path))
    assert kept.holder("./a.mp4") == "item"
    path.write_bytes(b"another")
    assert not kept.is_whole("item", "a.mp4", str(path))
    path.unlink()
    assert not kept.is_whole("item", "a.mp4", str(path))
    kept.close()


def test_a_refusal_is_known_until_the_file_is_there(tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"film")
    kept = Record(str(tmp_path))
    assert not kept.is_known("item", "a.mp4", "404")
    kept.refuse("item", "a.mp4", "404", holds=True)
    kept.close()
    kept = Record(str(tmp_path))
    assert kept.is_known("item", "a.mp4", "404")
    assert kept.is_refused("item", "a.mp4")
    assert not kept.is_known("item", "a.mp4", "410")
    assert not kept.is_known("other", "a.mp4", "404")
    assert not kept.is_refused("other", "a.mp4")
    kept.keep("item", "a.mp4", str(path))
    assert not kept.is_known("item", "a.mp4", "404")
    assert not kept.is_refused("item", "a.mp4")
    kept.close()


def test_a_refusal_ends_after_just_a_day(tmp_path, monkeypatch):
    now = 1_000_000.0
    monkeypatch.setattr(time, "time", lambda: now)
    kept = Record(str(tmp_path))
    kept.refuse("item", "a", "404", holds=True)
    for later, holds in ((86_399, True), (86_400, False), (-86_399, True), (-86_400, False)):
        monkeypatch.setattr(time, "time", lambda later=later: now + later)
        assert kept.is_refused("item", "a") is holds
    kept.close()


def test_other_lines_of_the_record_are_passed_over(tmp_path):
    kept = Record(str(tmp_path))
    token = kept.token
    for entry in ([1], "text", {"file": "a", "item": "b"}, {"other": 1}):
        kept._journal.append(entry)
    kept.close()
    kept = Record(str(tmp_path))
    assert (kept.token, kept.holder("a")) == (token, "")
    kept.close()
