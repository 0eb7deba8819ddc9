#!/usr/bin/env python3
"""Change one thing of the code at a time, and see whether a test notices.

    python -m tests.stress.mutants [-count 150] [-seed 1] [-jobs 2] [-only lib/audio]
    python -m tests.stress.mutants -only explorer/ -count 60     the page's JavaScript, by tests/explorer

Each mutant is one change (`<` to `<=`, `+` to `-`, `and` to `or`, 1 to 2, `not x` to `x`, `min` to `max`) at a place
that the seed chooses, in a copy of the project. The tests that reach its line are run against it, until one fails:
those that `make coverage` noted in `.coverage`; for compiled functions, which coverage does not see, and for lines that
run on import, those that are named after the module, and some of those that reach other lines of it. Prints what
survived, and the share that was killed. A survivor is a hole in the tests, unless the change changes nothing: then it
goes into EQUIVALENT, with the reason.
Exits with 1 if less than LEAST of the others were killed.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import itertools
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from queue import SimpleQueue

from tests.stress.equivalent import EQUIVALENT
from tests.stress.forked import Forks, is_possible
from tests.stress.script_mutants import changes, is_script
from tests.support.explorer_page import KEPT_PAGES

ROOT = Path(__file__).resolve().parents[2]
LEAST = 0.92
# Seconds for the tests of one mutant: an endless loop is noticed, too.
PATIENCE = 300
# Tests of one mutant at most; those of its own module come first.
MOST_TESTS = 150
# Tests that are read and run before the others.
FIRST_TESTS = 30
# Of a line that fewer tests reach the result may be cached, in each process that ran tests: others use it unseen.
FEW_TESTS = 6
# Tests of other modules for a line that coverage does not see.
MOST_ELSEWHERE = 40
# What holds of every module; and of every script: its flags and their defaults.
MODULE_TESTS, SCRIPT_TESTS = ["tests/test_rooms.py"], ["tests/lib/cli/test_flags.py"]
PYTEST = (sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider")
# What `python -m pytest` is called as.
CALL = 3
# pytest's statuses: all passed; a test that is asked for is not there, and none was run.
PASSED, NO_SUCH_TEST = 0, 4
PAGE = "explorer/"
# The tests of the page: those without a browser first.
PAGE_TESTS = ("modules", "drawing", "hearing", "deeds", "controls", "play", "show", "many", "browsers", "page")
MUTATED = ("lib/**/*.py", "compositions/*.py", "*.py", "scrapers/**/*.py")
LEFT_OUT = ("tmp", "output", ".git", ".venv*", ".*_cache", ".hypothesis", ".coverage*")
# Each operator as it is written, and what it becomes.
COMPARISONS = {
    ast.Lt: ("<", "<="), ast.LtE: ("<=", "<"), ast.Gt: (">", ">="), ast.GtE: (">=", ">"), ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="), ast.In: ("in", "not in"), ast.NotIn: ("not in", "in"), ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
}  # fmt: skip
OPERATORS = {
    ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*"), ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "*"), ast.Pow: ("**", "*"),
}  # fmt: skip
FUNCTIONS = {
    "min": "max", "max": "min", "minimum": "maximum", "maximum": "minimum", "floor": "ceil", "ceil": "floor",
    "any": "all", "all": "any",
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One change: in `file` (its name below the project), the bytes from `begin` to `end` become `new`.

    unseen: coverage does not tell which tests use it, since it is compiled, or runs on import.
    """

    file: str
    line: int
    begin: int
    end: int
    new: str
    unseen: bool

    def source(self) -> bytes:
        """Return the changed file."""
        data = (ROOT / self.file).read_bytes()
        return data[: self.begin] + self.new.encode() + data[self.end :]

    def changed(self) -> str:
        """Return the line as it is then."""
        return self.source().splitlines()[self.line - 1].decode().strip()


class _Finder(ast.NodeVisitor):
    """Finds the places of a file that can be changed. Annotations and messages are left alone."""

    def __init__(self, file: str, data: bytes) -> None:
        self.file, self.data, self.unseen, self.compiled = file, data, True, False
        self.found: list[Mutant] = []
        self.starts = [0]  # of each line
        for line in data.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.visit(ast.parse(data))

    def _begin(self, node: ast.expr) -> int:
        return self.starts[node.lineno - 1] + node.col_offset

    def _end(self, node: ast.expr) -> int:
        return self.starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)

    def _put(self, begin: int, end: int, new: str) -> None:
        line = self.data.count(b"\n", 0, begin) + 1
        self.found.append(Mutant(self.file, line, begin, end, new, self.unseen))

    def _between(self, left: ast.expr, right: ast.expr, old: str, new: str) -> None:
        """Change the operator between two operands."""
        begin = self.data.find(old.encode(), self._end(left), self._begin(right))
        if begin >= 0:
            self._put(begin, begin + len(old), new)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for default in (*node.args.defaults, *filter(None, node.args.kw_defaults)):
            self.visit(default)
        before = self.unseen, self.compiled
        self.compiled |= any("njit" in ast.dump(decorator) for decorator in node.decorator_list)
        self.unseen = self.compiled
        for statement in node.body:
            self.visit(statement)
        self.unseen, self.compiled = before

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value:
            self.visit(node.value)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        pass

    def visit_Raise(self, node: ast.Raise) -> None:
        pass

    def visit_If(self, node: ast.If) -> None:
        if "TYPE_CHECKING" not in ast.dump(node.test):
            self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, bool):
            self._put(self._begin(node), self._end(node), str(not node.value))
        elif isinstance(node.value, int):
            self._put(self._begin(node), self._end(node), str(node.value + 1))
        elif isinstance(node.value, float) and node.value:
            self._put(self._begin(node), self._end(node), repr(node.value * 1.5))

    def visit_Compare(self, node: ast.Compare) -> None:
        for left, operator, right in zip([node.left, *node.comparators], node.ops, node.comparators):
            self._between(left, right, *COMPARISONS[type(operator)])
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        text = any(isinstance(side, ast.JoinedStr) for side in (node.left, node.right))
        if type(node.op) in OPERATORS and not text:
            self._between(node.left, node.right, *OPERATORS[type(node.op)])
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        words = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in zip(node.values, node.values[1:]):
            self._between(left, right, *words)
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not):
            self._put(self._begin(node), self._begin(node.operand), "")
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        word = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if word in FUNCTIONS:
            end = self._end(node.func)
            self._put(end - len(word), end, FUNCTIONS[word])
        self.generic_visit(node)


def mutants(only: str = "") -> list[Mutant]:
    """Return all mutants of the project's code, or of the files whose names begin with `only`."""
    if only.startswith(PAGE):
        scripts = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob(f"{PAGE}*.js"))
        return [m for file in scripts if file.startswith(only) for m in _of_script(file)]
    files = sorted({path.relative_to(ROOT).as_posix() for pattern in MUTATED for path in ROOT.glob(pattern)})
    return [m for file in files if file.startswith(only) for m in _Finder(file, (ROOT / file).read_bytes()).found]


def _of_script(file: str) -> Iterator[Mutant]:
    text = (ROOT / file).read_text("utf-8")
    for begin, end, new in changes(text):
        before = len(text[:begin].encode())
        line = text.count("\n", 0, begin) + 1
        yield Mutant(file, line, before, before + len(text[begin:end].encode()), new, False)


def is_code(mutant: Mutant) -> bool:
    """Say whether a changed file is code still."""
    if mutant.file.startswith(PAGE):
        return is_script(mutant.source())
    try:
        ast.parse(mutant.source())
    except SyntaxError:
        return False
    return True


class Reached:
    """Which tests reach a line, as `make coverage` noted it."""

    def __init__(self, notes: Path | None) -> None:
        """notes: of `make coverage`; None: not needed, the page's tests are always the same."""
        if notes is None:
            return
        import coverage

        if not notes.is_file():
            raise SystemExit(f"{notes} is not there: run make coverage first")
        self._data = coverage.CoverageData(str(notes))
        try:
            self._data.read()
        except (coverage.CoverageException, sqlite3.Error) as error:
            raise SystemExit(f"{notes} cannot be read ({error}): run make coverage again") from error

    def tests(self, mutant: Mutant) -> list[str]:
        """Return the tests of a mutant: first those named after its module, else after the modules that import it."""
        if mutant.file.startswith(PAGE):
            return [f"tests/explorer/test_{name}.py" for name in PAGE_TESTS]
        lines = self._data.contexts_by_lineno(str(ROOT / mutant.file))
        reaching = {context.rpartition("|")[0] for context in lines.get(mutant.line, ()) if "::" in context}
        own = own_tests(mutant.file)
        if mutant.unseen or len(reaching) < FEW_TESTS:
            every = MODULE_TESTS if mutant.file.startswith("lib/") else MODULE_TESTS + SCRIPT_TESTS
            return list(dict.fromkeys([*sorted(reaching), *own, *every, *self._elsewhere(mutant.file, own)]))
        return self._nearest(reaching, mutant.file, own)[:MOST_TESTS]

    def _nearest(self, tests: Iterable[str], file: str, own: Sequence[str]) -> list[str]:
        """Return tests in the order in which they are tried: those named after a file, those that import it, others."""
        direct = importers(file)

        def rank(test: str) -> tuple[bool, bool, str]:
            place = test.partition("::")[0]
            return place not in own, place not in direct, test

        return sorted(tests, key=rank)

    def _elsewhere(self, file: str, own: Sequence[str]) -> list[str]:
        """Return some tests, other than its own, that reach lines of a file: they may notice a constant or a kernel.

        Those that import the file come first.
        """
        lines = self._data.contexts_by_lineno(str(ROOT / file)).values()
        found = {context.rpartition("|")[0] for contexts in lines for context in contexts if "::" in context}
        chosen = []
        direct = importers(file)
        for uses in (True, False):
            others = sorted(
                t for t in found if t.partition("::")[0] not in own and uses == (t.partition("::")[0] in direct)
            )
            chosen += random.Random(0).sample(others, min(len(others), MOST_ELSEWHERE))
        return chosen


def named_after(file: str, folder: Path = ROOT) -> list[str]:
    """Return the test files that are named after a module."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.glob(f"tests/**/test_{Path(file).stem}*.py"))


def own_tests(file: str, folder: Path = ROOT) -> list[str]:
    """Return the test files that are named after a module, and after the modules that import it if none mirrors it.

    (A test of another room may have its name, or of the page: tests/explorer/test_drawing.py is not of
    lib/composing/drawing.py.)
    """
    named = named_after(file, folder)
    mirrored = {f"tests/{Path(file).parent.as_posix()}", "tests"}
    if any(Path(test).parent.as_posix() in mirrored for test in named):
        return named
    using = {test for user in sorted(users(file, folder)) for test in named_after(user, folder)}
    return list(dict.fromkeys([*sorted(using), *named]))


@cache
def users(file: str, folder: Path = ROOT) -> set[str]:
    """Return the modules of lib that import another one, or something from it."""
    return _importing(file, folder, "lib/**/*.py")


@cache
def importers(file: str, folder: Path = ROOT) -> set[str]:
    """Return the test files that import a module, or something from it."""
    return _importing(file, folder, "tests/**/test_*.py")


def _importing(file: str, folder: Path, pattern: str) -> set[str]:
    # What does not name a module does not import it.
    naming = [path for path in folder.glob(pattern) if Path(file).stem in _text(path)]
    return {path.relative_to(folder).as_posix() for path in naming if file in _imported(path)}


@cache
def _text(path: Path) -> str:
    return path.read_text("utf-8")


@cache
def _imported(path: Path) -> set[str]:
    """Return the modules that a file imports or takes something from, as files below the project's folder."""
    found = set()
    for node in ast.walk(ast.parse(_text(path))):
        if isinstance(node, ast.ImportFrom) and node.module:
            place = node.module.replace(".", "/")
            found |= {f"{place}.py", *(f"{place}/{alias.name}.py" for alias in node.names)}
    return found


@cache
def _sources(folder: Path) -> dict[str, set[str]]:
    """Return the files with compiled kernels, and what each imports from."""
    with_kernels = (path for path in folder.glob("lib/**/*.py") if "njit" in path.read_text("utf-8"))
    return {path.relative_to(folder).as_posix(): _imported(path) for path in with_kernels}


def holders(file: str, folder: Path = ROOT) -> set[str]:
    """Return the files whose compiled kernels hold numbers or code of a file: those that import from it, and so on.

    numba compiles a kernel again if its own file changes, but not if one does from which it took something.
    """
    found: set[str] = set()
    new = {file}
    while new:
        new = {name for name, sources in _sources(folder).items() if sources & new} - found
        found |= new
    return found - {file}


def _forget_kernels(files: Iterable[str], copy: Path) -> None:
    """Remove the compiled kernels of some files of a copy."""
    for file in files:
        for kept in copy.glob(f".pytest_cache/kernels-*/**/{Path(file).stem}.*"):
            kept.unlink()


def survives(mutant: Mutant, tests: Sequence[str], copy: Path) -> bool:
    """Say whether all these tests pass with the mutant in a copy of the project."""
    target = copy / mutant.file
    whole, before = target.read_bytes(), target.stat()
    spoilt = holders(mutant.file) if mutant.file.endswith(".py") else set()
    _forget_kernels(spoilt, copy)
    target.write_bytes(mutant.source())
    status: int | None = None
    # What one browser notices is enough.
    pytest = [*PYTEST, *(("-k", "not firefox") if mutant.file.startswith(PAGE) else ())]
    told, command = "", pytest
    try:
        # Most are killed by one of the first: the others need not even be read.
        for some in filter(None, (tests[:FIRST_TESTS], tests[FIRST_TESTS:])):
            status, command = None, [*pytest, *some]
            status, told = _run(command, copy)
            if status != PASSED:
                break
    except subprocess.TimeoutExpired:
        pass
    finally:
        target.write_bytes(whole)
        os.utime(target, ns=(before.st_atime_ns, before.st_mtime_ns))  # its kernels are those of before again
        _forget_kernels(spoilt, copy)
    if status is None:
        # An endless loop, or only a busy machine: a mutant kills nothing if the tests take as long without it.
        try:
            _run(command, copy)
        except subprocess.TimeoutExpired:
            return True
        return False
    # Unless it was the mutant that kept a file of tests from being read:
    if status == NO_SUCH_TEST and _run([*command, "--collect-only", "-q"], copy)[0] == NO_SUCH_TEST:
        raise SystemExit(f"{told.strip()}\nThe notes are old: run make coverage again")
    if mutant.file.startswith(PAGE) and (failed := re.search(r"^FAILED (\S+)", told, re.M)):
        # On a busy machine a browser may be too slow for a test: one that fails without the change kills nothing.
        try:
            return _run([*PYTEST, failed[1]], copy)[0] != PASSED
        except subprocess.TimeoutExpired:
            return True
    return status == PASSED


# The processes that run tests, by the copy that they run them in.
_forks: dict[Path, Forks] = {}


def _run(command: Sequence[str], folder: Path) -> tuple[int, str]:
    """Run pytest; return its status and what it wrote. After PATIENCE all that it started ends, a browser too."""
    if folder in _forks:
        return _forks[folder].run(command[CALL:], PATIENCE)
    with subprocess.Popen(
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    ) as run:  # fmt: skip
        try:
            told, _ = run.communicate(timeout=PATIENCE)
        except BaseException:
            os.killpg(run.pid, signal.SIGKILL)
            raise
    return run.returncode, told


def main(argv: Sequence[str]) -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("-count", type=int, default=150)
    words.add_argument("-seed", type=int, default=1)
    words.add_argument("-jobs", type=int, default=2)
    words.add_argument("-only", default="", help="where the names of the changed files begin: lib/audio")
    args = words.parse_args(argv)
    every = mutants(args.only)
    shuffled = random.Random(args.seed).sample(every, len(every))
    chosen = list(itertools.islice(filter(is_code, shuffled), args.count))
    reached = Reached(None if args.only.startswith(PAGE) else ROOT / ".coverage")
    tests = {mutant: reached.tests(mutant) for mutant in chosen}
    copies: SimpleQueue[Path] = SimpleQueue()

    def fate(mutant: Mutant) -> str:
        if (mutant.file, mutant.changed()) in EQUIVALENT:
            return "equivalent"
        if not tests[mutant]:
            return "no test reaches it"
        copy = copies.get()
        try:
            return "survived" if survives(mutant, tests[mutant], copy) else "killed"
        finally:
            copies.put(copy)

    fates: Counter[str] = Counter()
    with (
        tempfile.TemporaryDirectory(prefix="mutants-") as place,
        contextlib.ExitStack() as forks,
        ThreadPoolExecutor(args.jobs) as pool,
    ):
        # The pages of the tests are built once: only their scripts differ.
        os.environ[KEPT_PAGES] = os.path.join(place, "pages")
        for n in range(args.jobs):
            shutil.copytree(ROOT, Path(place) / str(n), ignore=shutil.ignore_patterns(*LEFT_OUT))
            copies.put(Path(place) / str(n))
            if is_possible() and not args.only.startswith(PAGE):
                _forks[Path(place) / str(n)] = forks.enter_context(Forks(Path(place) / str(n)))
        for mutant, what in zip(chosen, pool.map(fate, chosen)):
            fates[what] += 1
            if what != "killed":
                print(f"{mutant.file}:{mutant.line}: {what}: {mutant.changed()}", flush=True)
    share = fates["killed"] / max(len(chosen) - fates["equivalent"], 1)
    said = ", ".join(f"{count} {what}" for what, count in fates.most_common())
    print(f"{len(chosen)} of {len(every):,} mutants: {said}; {share:.1%} of those that change anything are killed")
    return int(share < LEAST)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
