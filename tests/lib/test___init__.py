"""What the scripts share while they are loaded."""

import os
import sys
from types import SimpleNamespace

import pytest

import lib
from lib import is_script, missing_package
from tests.support.each import each


def missing(name):
    return missing_package(ModuleNotFoundError("x", name=name))


def test_a_package_is_missing_and_a_module_is_not():
    for name in (None, "", "lib", "lib.x", "compositions.y"):
        assert missing(name) == ""
    assert missing("numpy.linalg").startswith("the package numpy is not installed here: ")


@pytest.mark.parametrize(("there", "ours"), [(True, False), (True, True), (False, False)])
def test_what_to_run_instead(monkeypatch, tmp_path, there, ours):
    monkeypatch.setattr(lib, "_ROOT", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["make it.py"])
    own = tmp_path / ".venv"
    python = own / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if there:
        python.parent.mkdir(parents=True)
        python.touch()
    if ours:
        monkeypatch.setattr(sys, "prefix", str(own))
    said = missing("numpy")
    if there and not ours:
        assert said.endswith(f'run it with the Python that has the packages: "{python}" "make it.py"')
    else:
        assert said.endswith(f'"{sys.executable}" -m pip install -r "{tmp_path / "requirements.txt"}"')


@each(
    ("path", "script"),
    [
        ("x.py", True), ("compositions/x.py", True), ("scrapers/local/x.py", True),
        ("scrapers/internet_archive/x.py", True),
        ("lib/x.py", False), ("tests/x.py", False), ("x", False), ("scrapers/x.py", False), ("../x.py", False),
    ],
)  # fmt: skip
def test_what_is_a_script(monkeypatch, path, script):
    root = os.path.dirname(os.path.dirname(os.path.abspath(lib.__file__)))
    monkeypatch.setitem(sys.modules, "__main__", SimpleNamespace(__file__=os.path.join(root, path)))
    assert is_script() is script


def test_a_session_is_no_script(monkeypatch):
    monkeypatch.setitem(sys.modules, "__main__", SimpleNamespace())
    assert is_script() is False


@each(("version", "refused"), [((3, 10, 9), True), ((3, 11, 0), False), ((3, 12, 1), False), ((4, 0, 0), False)])
def test_an_old_python_is_refused(monkeypatch, version, refused):
    monkeypatch.setattr(sys, "version_info", version)
    monkeypatch.setattr(sys, "argv", ["folder/x.py"])
    before = sys.excepthook
    try:
        if refused:
            with pytest.raises(SystemExit) as ended:
                lib.prepare_script()
            assert (
                ended.value.code
                == "x.py: needs Python 3.11 or newer, and this is 3.10: run it as python3.11 folder/x.py"
            )
        else:
            lib.prepare_script()
            assert sys.excepthook is lib._end_in_one_line
    finally:
        sys.excepthook = before


def test_how_a_script_ends_that_is_being_loaded(monkeypatch, capsys):
    ended = []
    monkeypatch.setattr(os, "_exit", ended.append)
    monkeypatch.setattr(sys, "argv", ["folder/x.py"])
    lib._end_in_one_line(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert capsys.readouterr().err == "x.py: interrupted; nothing is lost: the same command continues from here\n"
    assert ended == [130]
    error = ModuleNotFoundError("x", name="nosuch")
    lib._end_in_one_line(ModuleNotFoundError, error, None)
    assert capsys.readouterr().err.startswith("x.py: the package nosuch is not installed here: ")
    lib._end_in_one_line(ValueError, ValueError("odd"), None)
    assert capsys.readouterr().err == "ValueError: odd\n"
    assert ended == [130]
