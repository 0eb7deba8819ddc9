"""What all tests share."""

import contextlib
import gc
import os
import signal
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
# Each test process keeps compiled kernels for itself: numba's cache is spoilt when two processes compile one function
# for different types at once (librosa's are), and crashes whoever reads it next. Set before numba is imported. What
# another test process has compiled is copied.
os.environ["NUMBA_CACHE_DIR"] = str(ROOT / ".pytest_cache" / f"kernels-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")

# What the tests find out about films is kept nowhere.
os.environ["MEDIA_TOOLS_CACHE"] = ""

# As many test processes as cores: threads of BLAS, and of OpenMP that wait in a loop, would take the cores from each
# other. Set before they are loaded, and for what tests start.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# numba imports the package `coverage` wherever it is installed: a tenth of a second of each program that a test starts.
# Unless it measures (`make coverage`), they find another one, which cannot be imported.
if "coverage" not in sys.modules:
    WITHOUT = str(ROOT / "tests" / "support" / "without")
    sys.path.insert(0, WITHOUT)
    os.environ["PYTHONPATH"] = os.pathsep.join([WITHOUT, *filter(None, [os.environ.get("PYTHONPATH")])])

# What tests leave behind is small: to look through all that is loaded, again and again while kernels are compiled,
# costs more.
gc.set_threshold(50_000, 10, 100)

# What tests write need not outlast a power failure: no waiting for the disk. (Programs that tests start do wait.)
os.fsync = lambda file: None

# nohup, and shells that start something in the background, have Ctrl-C ignored: what tests start would never end by it.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

if "PYTEST_XDIST_WORKER" in os.environ:
    from tests.support.kernels import fetch_kernels, share_kernels
    from tests.support.libraries import remember_pools

    share_kernels(Path(os.environ["NUMBA_CACHE_DIR"]))
    remember_pools()

import pytest  # noqa: E402
from _pytest.python import importtestmodule  # noqa: E402
from hypothesis import settings  # noqa: E402

# The same examples on every run and machine, no database left behind, no limit on time (machines differ). To look
# for new ones, as `make stress` does: pytest --hypothesis-profile=search
settings.register_profile("house", derandomize=True, database=None, deadline=None, max_examples=40)
settings.register_profile("search", derandomize=False, database=None, deadline=None, max_examples=2000)
settings.load_profile("house")


# Seconds between two looks for kernels that another test process has compiled.
LOOK_EVERY = 3


# Programs that take seconds to start.
SLOW_TO_START = {"window", "fox", "dask_cluster"}


def is_slow(item):
    return item.get_closest_marker("slow") is not None


if "PYTEST_XDIST_WORKER" in os.environ:

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(session):
        """Import the tests, beginning with another file in each process: what one has compiled, the others read."""
        if session.config.args not in ([], ["tests"], [str(ROOT / "tests")]):
            return
        files = sorted(ROOT.glob("tests/**/test_*.py"))
        first = len(files) * int(os.environ["PYTEST_XDIST_WORKER"][2:]) // int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
        for path in files[first:] + files[:first]:
            with contextlib.suppress(Exception, pytest.skip.Exception):  # the collection tries again, and reports it
                importtestmodule(path, session.config)

    def pytest_runtest_setup(item):
        """Give the programs that a slow test starts the kernels that the other test processes have compiled."""
        if is_slow(item):
            fetch_kernels(Path(os.environ["NUMBA_CACHE_DIR"]), time.monotonic() // LOOK_EVERY)


def pytest_xdist_auto_num_workers(config):
    """Use one test process more than there are cores: some tests wait for browsers, clusters and other programs."""
    return (os.cpu_count() or 1) + 1


def pytest_addoption(parser):
    """Let the recipes of the docs be run on the sample media as they are."""
    parser.addoption("--whole-media", action="store_true", help="run the docs' recipes on whole files, not on excerpts")


@pytest.hookimpl(tryfirst=True)  # before tests are left out by their marks
def pytest_collection_modifyitems(items):
    """Sort the tests for two processes that begin with a half each: recipes, quick tests, slow tests.

    The recipes take longest: at the end one process would wait for the other. They compile the kernels that the quick
    tests of sound, which come next, and the slow ones then find: the other process begins with quick tests that need
    none. Last of all come the tests with a cluster, whose idle processes take time from the others.
    """
    for item in items:
        if SLOW_TO_START & set(item.fixturenames):
            item.add_marker(pytest.mark.slow)
    items.sort(key=place_of)


def place_of(item):
    uses = item.fixturenames
    return "recipe" not in uses, "dask_cluster" in uses, is_slow(item), ("audio" in item.nodeid) == is_slow(item)


@pytest.fixture
def sample_media():
    """The folder of the sample media that ship with the project."""
    return ROOT / "media" / "sample"


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    """An empty folder that is the working directory too."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def blank_plots(monkeypatch):
    """Plots are written as files of their size, without a drawing: for tests of what becomes of files."""
    from matplotlib.figure import Figure

    monkeypatch.setattr(Figure, "draw", lambda figure, renderer: None)
    monkeypatch.setattr("lib.plots.output.finish", lambda figure: "")


@pytest.fixture(scope="session")
def dask_cluster(tmp_path_factory):
    """A Dask cluster with two workers, started elsewhere; the second one has no nanny, so that it stays dead."""
    from tests.support.dask_cluster import DaskCluster

    cluster = DaskCluster(tmp_path_factory.mktemp("dask"))
    try:
        cluster.add_worker()
        cluster.add_worker("--no-nanny")
        yield cluster
    finally:
        cluster.close()
