"""Even shares of samples, of files whose numbers of samples are drawn."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from lib.audio import shares
from lib.audio.samples import SampleJob, SampleTableResult
from lib.audio.shares import load_parts, save_part, share_out
from lib.tables.parts import Parts
from lib.tables.queries import NO_SORT
from lib.tables.query_language import parse_sort
from lib.tables.table import Table


def job_of(name, most=-1, sort=NO_SORT):
    return SampleJob("dir", name, 80, 1000, False, most, sort=sort)


def table_of(name, starts):
    return Table.of({"filename": [name] * len(starts), "start": list(map(str, starts)), "dur": ["90"] * len(starts)})


@pytest.fixture
def passes(monkeypatch, tmp_path):
    """Let files have these numbers of samples (None: bad), and note how many rows of each are asked for."""
    asked = {}

    def passes(counts):
        asked.clear()

        def made(job):
            asked[job.filename] = job.most
            count = counts[job.filename]
            if count is None:
                return SimpleNamespace(job=job, result=None)
            rows = table_of(job.filename, range(min(job.most, count)))
            return SimpleNamespace(job=job, result=SampleTableResult(rows, "", count + 2, count, 1))

        monkeypatch.setattr(shares, "run_many", lambda work, jobs, threads, where, prepare: map(made, jobs))
        return asked

    return passes


def even(most, wanted):
    """As even as can be: one after the other gets one more, while it has one."""
    out = [0] * len(most)
    while wanted and any(have < can for have, can in zip(out, most)):
        for n in sorted(range(len(most)), key=lambda n: out[n]):
            if wanted and out[n] < most[n] and out[n] == min(h for h, c in zip(out, most) if h < c):
                out[n] += 1
                wanted -= 1
    return out


@pytest.mark.parametrize("sort", [NO_SORT, parse_sort("dur")])
def test_shares_by_brute_force(passes, tmp_path, sort):
    random = np.random.default_rng(1)
    again = 0
    for turn in range(36):
        names = [f"{n}.wav" for n in range(random.integers(1, 7))]
        counts = {name: None if random.random() < 0.1 else int(random.choice([0, 1, 2, 5, 20])) for name in names}
        limit = int(random.choice([-1, -1, 3]))
        jobs = [job_of(name, limit, sort) for name in names]
        taken = {name: int(random.integers(0, 5)) for name in names[: random.integers(0, len(names))]}
        count = int(random.integers(1, 40))
        asked = passes(counts)
        out, ready = share_out(jobs, count, taken, Parts(str(tmp_path / str(turn))), 1, None)
        todo = [name for name in names if name not in taken]
        wanted = max(count - sum(taken.values()), 0)
        # At first as many of each, one at least, and no more than a file may have.
        first = max(math.ceil(wanted / len(todo)), 1)
        assert asked == {name: first if limit < 0 else min(first, limit) for name in todo}
        most = [counts[name] or 0 for name in todo]
        mine = dict(zip(todo, even(most if limit < 0 else [min(n, limit) for n in most], wanted), strict=True))
        assert [job.filename for job in out] == names
        for job, before in zip(out, jobs, strict=True):
            share = mine.get(job.filename)
            if share is None:
                assert job is before
                continue
            have = min(asked[job.filename], counts[job.filename] or 0)
            if job.filename in ready:
                made = ready[job.filename]
                assert len(made.table) <= have
                assert (made.total, made.available, made.short) == (counts[job.filename] + 2, counts[job.filename], 1)
                if sort is not NO_SORT:
                    assert made.table.text("start") == list(map(str, range(len(made.table))))
            else:
                assert counts[job.filename] is None or job.most > have
                again += counts[job.filename] is not None
        given = [len(ready[name].table) if name in ready else job.most for name, job in zip(names, out, strict=True)
                 if name in mine and counts[name] is not None]  # fmt: skip
        assert sorted(given) == sorted(share for name, share in mine.items() if counts[name] is not None)
    assert again > 2


def test_rows_that_are_too_many_are_spread_unless_they_are_sorted(passes, tmp_path):
    # Five of three files: two are counted of each; one of them gives one only, of the first or the last.
    for sort, starts in ((NO_SORT, {("0",), ("1",)}), (parse_sort("dur"), {("0",)})):
        passes({"a": 9, "b": 9, "c": 9})
        jobs = [job_of(name, sort=sort) for name in "abc"]
        _, ready = share_out(jobs, 5, {}, Parts(str(tmp_path / f"p{len(starts)}")), 1, None)
        assert sorted(len(made.table) for made in ready.values()) == [1, 2, 2]
        assert {tuple(made.table.text("start")) for made in ready.values()} - {("0", "1")} <= starts


def test_what_is_saved_is_loaded_but_for_one_file_alone(tmp_path):
    parts, jobs = Parts(str(tmp_path / "p")), [job_of(name) for name in "abc"]
    made = {job.filename: SampleTableResult(table_of(job.filename, range(3)), "", 9, 5, 2) for job in jobs}
    save_part(parts, jobs[0], made["a"], several=True)
    save_part(parts, jobs[1], made["b"], several=False)
    save_part(parts, jobs[2], made["c"]._replace(problem="cut off"), several=True)
    found, left = load_parts(parts, jobs)
    assert (list(found), left) == (["a"], jobs[1:])
    assert found["a"][1:] == ("", 9, 5, 2)
    assert found["a"].table.text("start") == ["0", "1", "2"]
    assert load_parts(parts, jobs[:1]) == ({}, jobs[:1])
    # Threads and the place of parts do not matter, other settings do.
    others = [SampleJob("dir", "a", 80, 1000, False, threads=5, keep="x"), SampleJob("dir", "a", 81, 1000, False)]
    assert [job.shortest for job in load_parts(parts, others)[1]] == [81]
