"""The flags that several scripts share: the table to write, and names of new columns."""

import os
from types import SimpleNamespace

import pytest

from lib.cli import flags
from lib.cli.flags import add_input, check_new_columns, table_to_write
from lib.cli.parser import Parser, UsageError
from lib.errors import NoTableError
from tests.support.each import each


@pytest.fixture
def held(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").touch()
    (tmp_path / "folder").mkdir()
    names = []
    monkeypatch.setattr(flags, "keep_hold", names.append)
    return names


@pytest.mark.parametrize(
    ("given", "out", "table", "holds"),
    [("t.csv", "", "t.csv", ["t.csv"]), ("t.csv", "o.csv", "o.csv", ["o.csv"]), ("nowhere.csv", "", "nowhere.csv", []),
     ("nowhere.csv", "o.csv", "o.csv", ["o.csv"]), ("folder", "o.csv", "o.csv", ["o.csv"])],
)  # fmt: skip
def test_the_table_to_write_is_held(held, given, out, table, holds):
    assert table_to_write(SimpleNamespace(input=given, out=out)) == table
    assert held == holds
    if not out:
        assert table_to_write(SimpleNamespace(input=given)) == table


def test_columns_are_written_into_files_only(held):
    with pytest.raises(NoTableError, match="is a folder, not a table"):
        table_to_write(SimpleNamespace(input="folder", out=""))
    os.mkfifo("pipe")
    with pytest.raises(UsageError, match="give one, or a table to write by -out"):
        table_to_write(SimpleNamespace(input="pipe", out=""))
    with pytest.raises(UsageError, match=r"give one$"):
        table_to_write(SimpleNamespace(input="pipe"))
    assert table_to_write(SimpleNamespace(input="pipe", out="o.csv")) == "o.csv"
    assert held == ["o.csv"]


@each(
    ("names", "own", "wrong"),
    [(["a", "b"], [], ""), (["a", "hz"], [], "'hz'"), (["hz"], ["hz"], ""), (["start"], ["start"], "'start'"),
     (["filename"], [], "'filename'"), (["a", "a"], [], "a,a: choose different names"), (["vdur", "hz"], [], "'hz'"),
     ([], [], "")],
)  # fmt: skip
def test_new_columns_have_names_of_their_own(names, own, wrong):
    if wrong:
        with pytest.raises(UsageError, match=f"argument -prop: {wrong}"):
            check_new_columns("prop", names, own)
    else:
        check_new_columns("prop", names, own)


def test_an_input_without_a_default_is_required():
    parser = Parser("x")
    add_input(parser, None, "what")
    assert parser.flags["in"].required
    parser = Parser("x")
    add_input(parser, "a", "what")
    assert not parser.flags["in"].required
