"""Compiled kernels after an update of the sources that they were made from."""

import os

import pytest

from lib.io.kernel_cache import forget_outdated

FILES = {
    "a/kernels.py": (
        "from numba import njit\nfrom lib.b.numbers import RATE\nfrom lib.b import (\n  shapes,\n)\n"
        "@njit\ndef f(): ...\n"
    ),
    "b/numbers.py": "RATE = 1\n",
    "b/shapes.py": "SIDE = 2\n",
    "b/other.py": "NAME = 3\n",
}


@pytest.fixture
def project(tmp_path):
    """A project with a kernel that takes numbers from two other files, compiled, and known."""
    lib = tmp_path / "lib"
    for name, text in FILES.items():
        (lib / name).parent.mkdir(parents=True, exist_ok=True)
        (lib / name).write_text(text)
    forget_outdated(lib)
    compiled = lib / "a" / "__pycache__"
    compiled.mkdir()
    for name in ("kernels.f-3.py311.nbi", "kernels.f-3.py311.1.nbc", "kernels.cpython-311.pyc"):
        (compiled / name).write_text("")
    forget_outdated(lib)
    assert len(os.listdir(compiled)) == 3
    return lib


@pytest.mark.parametrize("name", FILES)
def test_kernels_are_forgotten_if_a_source_of_theirs_changes(project, name):
    (project / name).write_text(FILES[name] + "MORE = 4\n")
    forget_outdated(project)
    left = os.listdir(project / "a" / "__pycache__")
    assert sorted(left) == (
        ["kernels.cpython-311.pyc"]
        if name != "b/other.py"
        else ["kernels.cpython-311.pyc", "kernels.f-3.py311.1.nbc", "kernels.f-3.py311.nbi"]
    )


def test_a_file_that_is_only_newer_changes_nothing(project):
    os.utime(project / "b/numbers.py", (1, 1))
    forget_outdated(project)
    assert len(os.listdir(project / "a" / "__pycache__")) == 3


def test_kernels_of_before_there_was_a_record_are_forgotten(project):
    (project / "__pycache__" / "kernels.state").unlink()
    forget_outdated(project)
    assert os.listdir(project / "a" / "__pycache__") == ["kernels.cpython-311.pyc"]
