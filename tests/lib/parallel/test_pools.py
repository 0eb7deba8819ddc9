"""The thread pools of libraries, of those that are loaded and of those that are not yet."""

import os

import numpy  # noqa: F401 (it loads a BLAS)
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from lib import cli
from lib.parallel.jobs import worker_count
from lib.parallel.pools import limited_pools

NAMES = ("OMP_NUM_THREADS", "POLARS_MAX_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def blas():
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


@pytest.fixture(autouse=True)
def two_threads():
    """A BLAS that has two threads, whatever the machine and the environment say."""
    with threadpool_limits(2, "blas"):
        assert blas() == {2}
        yield


@pytest.mark.parametrize("threads", [1, 3, -1])
def test_pools_have_as_many_threads_as_are_allowed_and_products_of_matrices_one(threads, monkeypatch):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "7")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    here, before = dict(os.environ), blas()
    with limited_pools(threads):
        count = str(worker_count(threads))
        assert [os.environ[name] for name in NAMES] == [count, count, "1", "1"]
        assert blas() == {1}
    assert dict(os.environ) == here
    assert blas() == before


def test_every_stage_limits_them_by_its_threads_while_it_runs(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    seen = []
    flags = cli.Parser("Does nothing.", "python nothing.py")
    cli.add_threads(flags, 1)
    assert (
        cli.run_main(flags, lambda args: seen.append((os.environ["OMP_NUM_THREADS"], blas())), ["-threads", "2"]) == 0
    )
    assert seen == [("2", {1})]
    assert "OMP_NUM_THREADS" not in os.environ
