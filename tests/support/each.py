"""A table of cases in one test: pytest takes longer for a test than most small cases take."""

import contextlib
import functools
import inspect
import itertools
import os

import pytest

# Characters of a value in a message.
MOST_SHOWN = 200
# What no case is to survive: it ends the test, or the run.
ENDS = (KeyboardInterrupt, pytest.exit.Exception)
# Said by pytest-timeout: the test has taken too long, not the case.
TIMEOUT = "pytest-timeout"


class Table:
    """Some names, and what they stand for in each case, with the case's own name."""

    def __init__(self, names, cases, ids):
        self.names = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
        one = isinstance(names, str) and len(self.names) == 1
        self.cases = []
        for number, case in enumerate(cases):
            values, name = (case.values, case.id) if is_param(case) else ([case] if one else case, None)
            if len(values) != len(self.names) or (is_param(case) and case.marks):
                raise ValueError(f"{case!r} is not a case of {', '.join(self.names)}")
            if name is None and ids:
                name = " ".join(str(ids(value)) for value in values) if callable(ids) else str(ids[number])
            self.cases.append((dict(zip(self.names, values)), name))
        if not self.cases:
            raise ValueError(f"no case of {', '.join(self.names)}")


def is_param(case):
    return isinstance(case, type(pytest.param()))


def each(names, cases, ids=None):
    """Make one test of a table of cases. What is written is what `pytest.mark.parametrize` takes.

    All cases run, and each that fails is reported with its values. Several tables give each combination of their
    cases. Each case has an empty `tmp_path` or `workplace`, a `monkeypatch` and a `capsys` of its own; other
    fixtures are shared. A case cannot be skipped alone.
    """

    def decorate(function):
        tables = [Table(names, cases, ids), *getattr(function, "tables", [])]
        return with_tables(getattr(function, "of_one_case", function), tables, getattr(function, "pytestmark", []))

    return decorate


def with_tables(function, tables, marks):
    """Return a test that runs a function for each combination of the cases of some tables."""
    named = {name for table in tables for name in table.names}
    signature = inspect.signature(function)
    if lacking := named - set(signature.parameters):
        raise ValueError(f"{function.__name__} takes no {', '.join(sorted(lacking))}")
    all_cases = list(itertools.product(*(table.cases for table in tables)))

    @functools.wraps(function, updated=())
    def test(**fixtures):
        failures = []
        for number, cases in enumerate(all_cases):
            values = {name: value for case, _ in cases for name, value in case.items()}
            try:
                with of_its_own(fixtures, number) as own:
                    function(**own, **values)
            except ENDS:
                raise
            except pytest.skip.Exception:
                failures.append(ValueError(f"the case {label(cases)} cannot be skipped alone"))
            except BaseException as error:
                error.add_note(f"in the case {label(cases)}")
                failures.append(error)
                if TIMEOUT in str(error):
                    break
        if len(failures) == 1:
            __tracebackhide__ = True
            raise failures[0]
        if failures:
            raise BaseExceptionGroup(f"{len(failures)} of {len(all_cases)} cases failed", failures)

    left = [parameter for name, parameter in signature.parameters.items() if name not in named]
    test.__signature__ = signature.replace(parameters=left)
    test.of_one_case, test.tables, test.pytestmark = function, tables, list(marks)
    return test


def label(cases):
    """Return the names of cases, or their values."""
    said = (
        name or ", ".join(f"{key}={value!r:.{MOST_SHOWN}}" for key, value in values.items()) for values, name in cases
    )
    return "; ".join(said)


@contextlib.contextmanager
def of_its_own(fixtures, number):
    """Give the fixtures of a case: none finds what the one before it has left."""
    own, here = dict(fixtures), os.getcwd()
    with contextlib.ExitStack() as undo:
        for name in ("tmp_path", "workplace"):
            if name in own:
                own[name] = own[name] / f"case {number}"
                own[name].mkdir()
        if "workplace" in own:
            os.chdir(own["workplace"])
            undo.callback(os.chdir, here)
        if "monkeypatch" in own:
            own["monkeypatch"] = undo.enter_context(own["monkeypatch"].context())
        for name in {"capsys", "capfd"} & set(own):
            own[name].readouterr()
        yield own
