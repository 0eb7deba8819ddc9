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
