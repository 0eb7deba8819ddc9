"""A table of cases in one test."""

import os
from pathlib import Path

import pytest

from tests.support.each import each


def names_of(test):
    """Return the fixtures that pytest gives a test."""
    return list(test.__signature__.parameters)


def test_all_cases_run_whatever_fails():
    seen = []

    @each("number", [3, 1, 4, 1, 5])
    def test(number):
        seen.append(number)
        assert number != 1
        if number == 5:
            pytest.fail("five")

    with pytest.raises(BaseExceptionGroup, match="3 of 5 cases failed") as caught:
        test()
    assert seen == [3, 1, 4, 1, 5]
    assert [type(error) for error in caught.value.exceptions] == [AssertionError, AssertionError, pytest.fail.Exception]
    assert caught.value.exceptions[2].__notes__ == ["in the case number=5"]


def test_one_failure_is_itself_and_has_the_name_of_its_case():
    @each("a, b", [(1, 2), pytest.param(2, 2, id="equal"), (3, 4)])
    def test(a, b):
        assert a != b, "the same"

    with pytest.raises(AssertionError, match="the same") as caught:
        test()
    assert caught.value.__notes__ == ["in the case equal"]


def test_cases_are_named_by_a_function_or_a_list_or_by_their_values():
    def failing(**values):
        raise ValueError

    def fails(a):
        failing()

    notes = []
    for words in (dict(ids=["first"]), dict(ids="no. {}".format), {}):
        with pytest.raises(ValueError) as caught:  # noqa: PT011
            each("a", ["x" * 1000], **words)(fails)()
        notes += caught.value.__notes__
    assert notes == ["in the case first", f"in the case no. {'x' * 1000}", f"in the case a='{'x' * 199}"]


def test_tables_give_each_combination():
    seen = []

    @each("a", [1, 2])
    @each(("b", "c"), [(3, 4), (5, 6)])
    @each(["d"], [[7]])
    def test(a, b, c, d, other):
        seen.append((a, b, c, d, other))

    assert names_of(test) == ["other"]
    test(other=0)
    assert sorted(seen) == [(1, 3, 4, 7, 0), (1, 5, 6, 7, 0), (2, 3, 4, 7, 0), (2, 5, 6, 7, 0)]


def test_marks_are_kept():
    @each("a", [1])
    @pytest.mark.slow
    @each("b", [2])
    @pytest.mark.timeout(5)
    def test(a, b):
        pass

    assert sorted(mark.name for mark in test.pytestmark) == ["slow", "timeout"]


def test_no_case_finds_what_the_one_before_left(tmp_path, monkeypatch, capsys):
    @each("number", range(3))
    def test(number, tmp_path, monkeypatch, capsys):
        assert not list(tmp_path.iterdir())
        assert "EACH" not in os.environ
        assert capsys.readouterr().out == ""
        (tmp_path / "file").touch()
        monkeypatch.setenv("EACH", "1")
        print(number)
        if number == 1:
            raise KeyError(number)

    with pytest.raises(KeyError):
        test(tmp_path=tmp_path, monkeypatch=monkeypatch, capsys=capsys)


def test_each_case_has_its_workplace(workplace):
    @each("number", range(3))
    def test(number, workplace):
        assert Path.cwd() == workplace.resolve()
        assert not list(workplace.iterdir())
        Path("file").touch()

    test(workplace=workplace)
    assert Path.cwd() == workplace.resolve()


@pytest.mark.parametrize(
    ("names", "cases"),
    [
        ("a", []),  # would always pass
        ("b", [1]),
        ("a, b", [(1, 2)]),
        ("a", [(1, 2)][:0]),
        (("a",), [(1, 2)]),
        ("a", [pytest.param(1, marks=pytest.mark.slow)]),
    ],
)
def test_a_table_that_does_not_fit_is_refused(names, cases):
    with pytest.raises(ValueError, match=r"case of|takes no"):
        each(names, cases)(lambda a: None)


@pytest.mark.parametrize("end", [KeyboardInterrupt, pytest.exit.Exception])
def test_what_ends_the_run_is_not_held_up(end):
    seen = []

    def test(number):
        seen.append(number)
        raise end

    with pytest.raises(end):
        each("number", range(3))(test)()
    assert seen == [0]


def test_a_test_that_takes_too_long_is_not_continued():
    seen = []

    def test(number):
        seen.append(number)
        pytest.fail("Timeout (>300.0s) from pytest-timeout.")

    with pytest.raises(pytest.fail.Exception):
        each("number", range(3))(test)()
    assert seen == [0]


def test_a_case_that_is_skipped_is_reported():
    @each("number", range(2))
    def test(number):
        if number:
            pytest.skip("not here")

    with pytest.raises(ValueError, match="cannot be skipped"):
        test()
