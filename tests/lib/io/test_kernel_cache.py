"""Compiled kernels after an update of the sources that they were made from."""

import os

import pytest

from lib.io import kernel_cache
from lib.io.kernel_cache import folder_for, forget_outdated

FILES = {
    "a/kernels.py": (
        "from numba import njit\nfrom lib.b.numbers import RATE\nfrom lib.b import (\n  shapes,\n)\n"
        "from lib.b.words import spoken\n@njit\ndef f(): ...\n"
    ),
    "b/numbers.py": "from lib.b.units import MS\nRATE = 2 * MS\n",
    "b/units.py": "MS = 1\n",
    "b/shapes.py": "SIDE = 2\n",
    "b/other.py": "NAME = 3\n",
    "b/words.py": "def spoken(): ...\n",
}
# Those from which the kernel takes nothing.
APART = ("b/other.py", "b/words.py")


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
        if name not in APART
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


def test_kernels_in_the_users_folder_have_a_folder_for_each_state_of_their_sources(project, tmp_path):
    place = tmp_path / "user" / "kernels"
    first = folder_for(project, place)
    (first / "f.nbi").write_text("")
    someones = place / "notes"
    someones.mkdir()
    os.utime(project / "b/units.py", (1, 1))
    (project / "b/words.py").write_text("")
    assert folder_for(project, place) == first
    assert os.listdir(first) == ["f.nbi"]
    elsewhere = folder_for(project.parent, place)
    (project / "b/units.py").write_text("MS = 5\n")
    second = folder_for(project, place)
    assert second != first
    assert sorted(place.iterdir()) == sorted([second, elsewhere, someones])


def test_a_read_only_installation_keeps_its_kernels_in_the_users_folder(tmp_path, monkeypatch):
    monkeypatch.delenv(kernel_cache.VARIABLE)
    monkeypatch.setenv("MEDIA_TOOLS_CACHE", str(tmp_path))
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    kernel_cache.find_kernel_cache.__wrapped__()
    assert os.environ[kernel_cache.VARIABLE] == str(folder_for(kernel_cache.KERNELS, tmp_path / "kernels"))
    monkeypatch.delenv(kernel_cache.VARIABLE)
    monkeypatch.setenv("MEDIA_TOOLS_CACHE", "")
    monkeypatch.setattr(kernel_cache.tempfile, "mkdtemp", lambda prefix: str(tmp_path / prefix))
    kernel_cache.find_kernel_cache.__wrapped__()
    assert os.environ[kernel_cache.VARIABLE] == str(tmp_path / "media-tools-")
