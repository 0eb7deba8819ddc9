"""Tests in forks: each sees the files as they are, and ends with all that it has started."""

import subprocess
import time

import pytest

from tests.stress import forked
from tests.stress.forked import Forks

pytestmark = pytest.mark.skipif(not forked.is_possible(), reason="processes cannot be forked here")
QUIET = ("-q", "-p", "no:cacheprovider")


@pytest.fixture
def folder(tmp_path):
    """A project of one module with one test."""
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\npythonpath = .\n")
    (tmp_path / "one.py").write_text("N = 1\n")
    (tmp_path / "test_one.py").write_text("from one import N\ndef test_n(): assert N == 1\n")
    return tmp_path


@pytest.mark.slow
def test_each_run_sees_the_files_as_they_are(folder):
    with Forks(folder, ["pytest"]) as forks:
        assert forks.run([*QUIET, "test_one.py"], 60)[0] == 0
        # Of the same size, within the same second.
        (folder / "one.py").write_text("N = 2\n")
        status, told = forks.run([*QUIET, "test_one.py"], 60)
        assert status == 1
        assert "assert 2 == 1" in told
        (folder / "one.py").write_text("N = 1\n")
        assert forks.run([*QUIET, "test_one.py"], 60)[0] == 0
        assert forks.run([*QUIET, "test_two.py"], 60)[0] == 4


@pytest.mark.slow
def test_what_takes_too_long_ends_with_what_it_has_started(folder):
    (folder / "test_one.py").write_text(
        "import subprocess, sys\n"
        "def test_n():\n"
        '    late = \'import time; time.sleep(1.2); open("late", "w")\'\n'
        "    subprocess.run([sys.executable, '-c', late])\n"
    )
    with Forks(folder, ["pytest"]) as forks, pytest.raises(subprocess.TimeoutExpired):
        forks.run([*QUIET, "test_one.py"], 0.8)
    time.sleep(0.8)
    assert not (folder / "late").exists()


@pytest.mark.slow
def test_a_fork_that_dies_is_no_pass(folder):
    (folder / "test_one.py").write_text("import os\ndef test_n(): os._exit(0 if False else 3)\n")
    with Forks(folder, ["pytest"]) as forks:
        assert forks.run([*QUIET, "test_one.py"], 60)[0] == 3
