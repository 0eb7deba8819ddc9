"""What a stranger meets first: `make`, `pip install .`, and the releases that are installed."""

import os
import re
import shutil
import subprocess
import sys
from email.parser import Parser

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.media_factory import ROOT

TESTED = sorted((ROOT / "constraints").glob("*.txt"))


def requirements(name):
    """Return the requirements that a file lists, without pip's options."""
    lines = (line.partition(" --")[0].strip() for line in (ROOT / name).read_text().splitlines())
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def test_there_is_a_tested_set_for_every_python():
    assert [path.stem for path in TESTED] == ["3.11", "3.12", "3.13", "3.14"]


@pytest.mark.parametrize("tested", TESTED, ids=lambda path: path.stem)
def test_a_tested_set_holds_an_allowed_release_of_each_package(tested):
    pins = [Requirement(line) for line in tested.read_text().splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"==[\w.]+", str(pin.specifier)) for pin in pins)
    releases = {canonicalize_name(pin.name): str(pin.specifier)[2:] for pin in pins}
    assert len(releases) == len(pins)
    for wanted in (*requirements("requirements.txt"), *requirements("requirements-dev.txt")):
        assert wanted.specifier.contains(releases[canonicalize_name(wanted.name)]), wanted


def test_all_packages_but_rasterfairy_fit_into_one_environment():
    wanted = {canonicalize_name(one.name): one for one in requirements("requirements-extra.txt")}
    assert {"pydub", "moviepy", "multicoretsne", "distributed"} <= set(wanted)
    # MoviePy's own words: pillow<12.0,>=9.2.0.
    (pillow,) = (one for one in requirements("requirements.txt") if one.name == "pillow")
    assert any(pillow.specifier.contains(release) for release in ("11.3.0", "11.9.9"))


def test_pip_install_brings_what_the_scripts_need_and_nothing_of_ours(tmp_path, monkeypatch):
    build_meta = pytest.importorskip("setuptools.build_meta", "77")  # make test brings it
    for name in ("pyproject.toml", "requirements.txt", "README.md"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "lib", tmp_path / "lib", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path)
    made = build_meta.prepare_metadata_for_build_wheel(str(tmp_path))
    about = Parser().parsestr((tmp_path / made / "METADATA").read_text("utf-8"))
    assert about["Name"] == "media-tools"
    assert {str(Requirement(line)) for line in about.get_all("Requires-Dist")} == {
        str(one) for one in requirements("requirements.txt")
    }
    top = tmp_path / made / "top_level.txt"
    assert not top.exists() or not top.read_text().split()


needs_make = pytest.mark.skipif(shutil.which("make") is None or os.name != "posix", reason="needs make")


@pytest.mark.slow
@needs_make
@pytest.mark.parametrize("target", ["demo", "test", "lint"])
def test_make_with_a_python_that_is_too_old_says_so_before_it_installs(tmp_path, target):
    old = tmp_path / "python3"
    # Told that it is 3.10, whatever is asked.
    old.write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -c "import sys; sys.version_info = (3, 10, 1); exec(sys.argv[1])" "$2"\n'
    )
    old.chmod(0o755)
    result = subprocess.run(
        ["make", "-C", ROOT, target, f"PYTHON={old}", f"VENV={tmp_path}/venv"], capture_output=True, text=True
    )
    assert result.returncode == 2
    assert "needs Python 3.11 or newer" in result.stdout
    assert sorted(os.listdir(tmp_path)) == ["python3"]


@needs_make
def test_make_without_a_python_says_what_to_do(tmp_path):
    result = subprocess.run(
        ["make", "-C", ROOT, "demo", "PYTHON=no-such-python", f"VENV={tmp_path}/venv"], capture_output=True, text=True
    )
    assert result.returncode == 2
    assert "no-such-python is not here: install Python 3.11 or newer" in result.stdout
    assert os.listdir(tmp_path) == []


def test_the_workflow_covers_all_systems_and_pythons():
    workflow = (ROOT / ".github/workflows/test.yml").read_text()
    assert "[ubuntu-latest, macos-latest, windows-latest]" in workflow
    assert "[" + ", ".join(f'"{path.stem}"' for path in TESTED) + "]" in workflow
