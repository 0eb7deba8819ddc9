"""Which tests try a mutant; and what it leaves behind in the copy in which it is tried: nothing."""

import os
import subprocess

import pytest

from tests.stress import mutants
from tests.stress.mutants import ROOT, Mutant, holders, importers, own_tests, survives, users


def test_kernels_that_hold_code_of_a_file_are_known(tmp_path):
    assert {"lib/composing/drawing.py", "lib/composing/mipmaps.py"} <= holders("lib/video/linear.py")
    assert "lib/video/linear.py" not in holders("lib/video/linear.py")
    room = tmp_path / "lib" / "room"
    room.mkdir(parents=True)
    for name, text in {
        "a": "N = 1\n",
        "b": "from lib.room.a import N\n@njit\ndef f(): return N\n",
        "c": "import os\nfrom lib.room.b import f\n@njit\ndef g(): return f()\n",
        "d": "from lib.room.a import N\n",  # no kernel
    }.items():
        (room / f"{name}.py").write_text(text)
    assert holders("lib/room/a.py", tmp_path) == {"lib/room/b.py", "lib/room/c.py"}
    assert holders("lib/room/b.py", tmp_path) == {"lib/room/c.py"}
    assert holders("lib/room/c.py", tmp_path) == set()


def test_tests_that_import_a_module_are_found(tmp_path):
    (tmp_path / "tests/lib").mkdir(parents=True)
    sources = {
        "a": "from lib.room.one import f\n",
        "b": "from lib.room import one, two\n",
        "c": "from lib.room import two\n",
        "d": "def test():\n    from lib.room.one import g\n",
    }
    for name, text in sources.items():
        (tmp_path / f"tests/lib/test_{name}.py").write_text(text)
    assert importers("lib/room/one.py", tmp_path) == {f"tests/lib/test_{name}.py" for name in "abd"}
    (tmp_path / "lib/room").mkdir(parents=True)
    (tmp_path / "lib/room/two.py").write_text("from lib.room import one\n")
    assert users("lib/room/one.py", tmp_path) == {"lib/room/two.py"}
    assert users("lib/room/two.py", tmp_path) == set()


def test_what_runs_on_import_or_is_compiled_is_unseen_by_coverage():
    source = """
LEAST = 1
def f(x=2):
    def g(y=3):
        return y < 4
    return g(x + 5)
@njit
def kernel(a):
    def inner(b):
        return b + 6
    return inner(a)
class Rule:
    most: int = 7
    def fits(self, n=8):
        return n > 9
"""
    found = mutants._Finder("lib/a.py", source.encode()).found
    digits = {source[m.begin : m.end]: m.unseen for m in found if source[m.begin].isdigit()}
    assert {digit for digit, unseen in digits.items() if unseen} == set("12678")
    assert set(digits) == set("123456789")


def test_tests_that_import_a_module_are_tried_before_others():
    reached = mutants.Reached(None)
    others = [f"tests/compositions/test_waves.py::test_{n}" for n in range(3)]
    direct = ["tests/lib/video/test_cut_rules.py::test_a"]  # imports hard_cuts.py
    own = ["tests/lib/video/test_hard_cuts.py::test_b"]
    found = reached._nearest([*others, *direct, *own], "lib/video/hard_cuts.py", ["tests/lib/video/test_hard_cuts.py"])
    assert found == [*own, *direct, *others]


def test_tests_of_another_room_that_have_the_name_are_not_enough(tmp_path):
    for name in ("lib/one/map.py", "lib/one/user.py", "lib/two/map.py", "compositions/map.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("from lib.one import map\n" if "user" in name else "")
    for name in ("explorer/test_map.py", "lib/one/test_user.py", "lib/two/test_map_more.py"):
        (tmp_path / "tests" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tests" / name).write_text("")
    page, user, two = "tests/explorer/test_map.py", "tests/lib/one/test_user.py", "tests/lib/two/test_map_more.py"
    assert own_tests("lib/one/map.py", tmp_path) == [user, page, two]
    assert own_tests("lib/two/map.py", tmp_path) == [page, two]
    (tmp_path / "tests/test_map.py").write_text("")
    assert own_tests("compositions/map.py", tmp_path) == [page, two, "tests/test_map.py"]


def test_a_mutant_leaves_its_file_as_it_was_and_no_kernel_made_of_it(tmp_path, monkeypatch):
    name = "lib/video/linear.py"
    target = tmp_path / name
    target.parent.mkdir(parents=True)
    target.write_bytes((ROOT / name).read_bytes())
    os.utime(target, (1000, 1000))
    kept = tmp_path / ".pytest_cache" / "kernels-main" / "composing_12"
    kept.mkdir(parents=True)
    place = target.read_bytes().index(b"0.37819462")
    mutant = Mutant(name, 1, place, place + 10, "0.5", False)
    seen = []

    def run(command, folder):
        seen.append((target.read_bytes() == mutant.source(), sorted(path.name for path in kept.iterdir())))
        (kept / "drawing.draw-1.py311.nbi").touch()  # compiled with the mutant
        return mutants.PASSED, ""

    monkeypatch.setattr(mutants, "_run", run)
    for file in ("drawing.draw-1.py311.nbi", "drawings.x-1.py311.nbi", "row_shift.y-2.py311.1.nbc"):
        (kept / file).touch()
    assert survives(mutant, ["tests/test_a.py"], tmp_path)
    assert seen == [(True, ["drawings.x-1.py311.nbi", "row_shift.y-2.py311.1.nbc"])]
    assert sorted(path.name for path in kept.iterdir()) == ["drawings.x-1.py311.nbi", "row_shift.y-2.py311.1.nbc"]
    assert target.read_bytes() == (ROOT / name).read_bytes()
    assert target.stat().st_mtime == 1000


@pytest.mark.parametrize("busy", [False, True])
def test_a_mutant_that_takes_too_long_is_killed_unless_the_tests_do_without_it(tmp_path, monkeypatch, busy):
    target = tmp_path / "a.py"
    target.write_text("n = 1\n")
    monkeypatch.setattr(mutants, "ROOT", tmp_path)

    def run(command, folder):
        if busy or "2" in target.read_text():
            raise subprocess.TimeoutExpired(command, mutants.PATIENCE)
        return mutants.PASSED, ""

    monkeypatch.setattr(mutants, "_run", run)
    assert survives(Mutant("a.py", 1, 4, 5, "2", True), ["tests/test_a.py"], tmp_path) == busy


@pytest.mark.parametrize(("fails", "runs"), [(None, [30, 20]), (3, [30]), (45, [30, 20])])
def test_the_first_tests_are_run_before_the_others_are_read(tmp_path, monkeypatch, fails, runs):
    target = tmp_path / "a.py"
    target.write_text("n = 1\n")
    monkeypatch.setattr(mutants, "ROOT", tmp_path)
    asked = []

    def run(command, folder):
        assert target.read_text() == "n = 2\n"
        asked.append(command[len(mutants.PYTEST) :])
        return (1 if f"test_{fails}" in command else mutants.PASSED), ""

    monkeypatch.setattr(mutants, "_run", run)
    tests = [f"test_{n}" for n in range(50)]
    assert survives(Mutant("a.py", 1, 4, 5, "2", True), tests, tmp_path) == (fails is None)
    assert [len(some) for some in asked] == runs
    assert [test for some in asked for test in some] == tests[: sum(runs)]
