"""The results of a search: rows, files, sizes, and what of them is wanted."""

import contextlib
import json
import threading

import pytest

from lib.archive.answers import ArchiveFile, Page, QueryError
from lib.archive.search import Query, Search, collect, finish, journal_path, open_journal
from lib.errors import MediaError, OccupiedError, PlaceError
from lib.io.journal import Journal
from tests.support.each import each


def query(**how):
    given = {"host": "h", "query": "q", "keys": ("title",), "sort": "", "ending": ".mp4"} | how
    return Query(**given)


@each(
    ("source", "ending", "wanted"),
    [
        ("", ".mp4", "a .mp4 file"),
        ("original", ".mp4", "an original .mp4 file"),
        ("derivative", ".mp4", "a derivative .mp4 file"),
        ("original", "", "an original file"),
    ],
)
def test_what_is_wanted_in_words(source, ending, wanted):
    assert query(source=source, ending=ending).wanted == wanted


def a_search(**how):
    search = Search(query(**how))
    search.rows = [["a", "A"], ["b", "B"], ["c", "C"], ["d", "D"], ["e", "E"]]
    search.files = {"a": [["1.mp4", 1000], ["2.mp4", None]], "b": [], "c": None, "e": [["3.mp4", 500]]}
    return search


def test_rows_of_files():
    assert {name: a_search().table().text(name) for name in a_search().table().columns} == {
        "title": ["A", "A", "E"], "filename": ["1.mp4", "2.mp4", "3.mp4"],
    }  # fmt: skip
    found = a_search(folders=True, size=True, keys=("identifier2",)).table()
    assert found.columns == ["identifier2", "filename", "size"]
    assert found.text("filename") == ["a/1.mp4", "a/2.mp4", "e/3.mp4"]
    assert found.text("size") == ["1000", "", "500"]


@each(
    ("limit", "items", "left_out"),
    [(-1, 5, (1, 1)), (5, 5, (1, 1)), (2, 2, (1, 0)), (1, 1, (0, 0)), (0, 0, (0, 0)), (9, 5, (1, 1))],
)
def test_only_as_many_items_as_asked_for(limit, items, left_out):
    search = a_search(limit=limit)
    assert len(search.items) == items
    assert search.left_out() == left_out


def test_the_sum_of_sizes():
    assert a_search().sizes() == "1.50kB and 1 of unknown size"
    search = a_search()
    search.files["a"] = [["1.mp4", 1000]]
    assert search.sizes() == "1.50kB"


@each(
    ("rows", "cursor", "limit", "done"),
    [
        (2, "c", -1, False),
        (2, "", -1, True),
        (0, "c", -1, True),
        (2, "c", 2, True),
        (2, "c", 3, False),
        (2, "c", 1, True),
    ],
)
def test_a_search_ends_with_its_last_page_or_its_limit(rows, cursor, limit, done):
    search = Search(query(limit=limit))
    search.add({"page": [[str(n), "t"] for n in range(rows)], "cursor": cursor, "total": 9})
    assert (len(search.rows), search.totals, search.cursor, search.searched) == (rows, [9], cursor, done)
    search.add({"item": "0", "files": []})
    search.add({"settings": {}})
    assert search.files == {"0": []}


class Answers:
    """An archive with these pages and files."""

    def __init__(self, pages, files, refuses_cursor=False):
        self.pages, self.listed, self.refuses_cursor = pages, files, refuses_cursor
        self.asked, self.told, self.stop = [], [], threading.Event()
        self.notify = self.told.append

    def search(self, words, keys, sort, limit, page_size, known, cursor):
        self.asked.append((cursor, sorted(known)))
        if cursor and self.refuses_cursor:
            raise QueryError("the archive answers: no such cursor")
        yield from self.pages[int(cursor or 0) :]

    def files(self, identifier):
        self.asked.append(identifier)
        return self.listed[identifier]

    def first_round(self):
        return contextlib.nullcontext()


def page(first, count, cursor, total):
    return Page([{"identifier": f"i{n}", "title": [f"t{n}", None]} for n in range(first, first + count)], cursor, total)


PAGES = [page(0, 2, "1", 3), page(2, 1, "", 3)]
FILES = {f"i{n}": [ArchiveFile("x.MP4", n), ArchiveFile("y.txt", 99), ArchiveFile("z.mp4", 2 * n)] for n in range(4)}


def a_journal(folder, wanted, overwrite=False):
    return open_journal(str(folder / "t.csv"), wanted, overwrite)


def test_a_search_is_kept_as_it_grows_and_ends_with_a_table(tmp_path):
    wanted, archive = query(), Answers(PAGES, FILES)
    journal = a_journal(tmp_path, wanted)
    search = collect(archive, wanted, journal, 1, 2)
    assert search.rows == [["i0", "t0; "], ["i1", "t1; "], ["i2", "t2; "]]
    assert archive.told == []
    # The largest file with that extension, the first of equals.
    assert search.files == {"i0": [["x.MP4", 0]], "i1": [["z.mp4", 2]], "i2": [["z.mp4", 4]]}
    table = finish(search, journal, str(tmp_path / "t.csv"))
    assert table.text("filename") == ["x.MP4", "z.mp4", "z.mp4"]
    journal.close()
    assert a_journal(tmp_path, wanted) is None  # the same search: it is done
    with pytest.raises(OccupiedError, match="not from the same search"):
        a_journal(tmp_path, query(limit=3))
    again = a_journal(tmp_path, wanted, overwrite=True)
    assert len(again.entries) == 1
    again.close()


def test_it_continues_from_its_journal(tmp_path):
    wanted = query()
    journal = a_journal(tmp_path, wanted)
    journal.append({"page": [["i0", "t"], ["i1", "t"]], "cursor": "1", "total": 3})
    journal.append({"item": "i0", "files": [["q", 1]]})
    journal.close()
    archive, journal = Answers(PAGES, FILES), a_journal(tmp_path, wanted)
    search = collect(archive, wanted, journal, 1, 2)
    assert archive.asked == [("1", ["i0", "i1"]), "i1", "i2"]
    assert search.files["i0"] == [["q", 1]]
    journal.close()


def test_an_old_cursor_that_is_refused_begins_again(tmp_path):
    wanted = query()
    journal = a_journal(tmp_path, wanted)
    journal.append({"page": [["old", "t"]], "cursor": "1", "total": 3})
    journal.close()
    archive, journal = Answers(PAGES, FILES, refuses_cursor=True), a_journal(tmp_path, wanted)
    search = collect(archive, wanted, journal, 1, 2)
    assert archive.asked[:2] == [("1", ["old"]), ("", [])]
    assert [row[0] for row in search.rows] == ["i0", "i1", "i2"]
    journal.close()


@pytest.mark.parametrize(
    ("pages", "said"),
    [
        ([page(0, 2, "1", 3), page(2, 1, "", 4)], "reported 3 and then 4 items and returned 3"),
        ([page(0, 2, "1", 5), page(2, 1, "", 5)], "reported 5 items and returned 3"),
        ([page(0, 3, "", 3)], ""),
    ],
)
def test_a_total_that_does_not_fit_is_told(tmp_path, pages, said):
    archive, journal = Answers(pages, FILES), a_journal(tmp_path, query())
    collect(archive, query(), journal, 1, 2)
    assert len(archive.told) == bool(said)
    assert all(said in line for line in archive.told)
    journal.close()


def test_searches_without_a_table_are_reported(tmp_path):
    for rows, files, how, said in [
        ([], {}, {}, "no item of the archive matches the query 'q'"),
        (
            [["a", "t"], ["b", "t"], ["c", "t"]],
            {"a": [], "b": None, "c": []},
            {},
            r"none of the 3 items found has a .mp4 file \(2 without one, 1 hidden by .*\): try another extension$",
        ),
        ([["a", "t"]], {"a": []}, {"source": "original"}, "try another extension or source$"),
    ]:
        search, journal = Search(query(**how), rows=rows, files=files), a_journal(tmp_path, query(**how))
        with pytest.raises(MediaError, match=said):
            finish(search, journal, str(tmp_path / "t.csv"))
        assert not (tmp_path / "t.csv").exists()
        assert not journal_path(str(tmp_path / "t.csv")).exists()


def test_with_failures_the_table_is_written_and_the_search_not_done(tmp_path):
    search, journal = a_search(), a_journal(tmp_path, query())
    search.failed = [("d", "busy")]
    finish(search, journal, str(tmp_path / "t.csv"))
    journal.close()
    assert len((tmp_path / "t.csv").read_text().splitlines()) == 4
    journal = a_journal(tmp_path, query())
    assert journal is not None
    assert {"done": True} not in journal.entries
    # Without any row nothing is written.
    search.files, other = {}, tmp_path / "other"
    other.mkdir()
    finish(search, journal, str(other / "t.csv"))
    assert not (other / "t.csv").exists()
    journal.close()


def test_a_table_of_someone_is_not_replaced(tmp_path):
    out = tmp_path / "t.csv"
    out.write_text("mine")
    with pytest.raises(OccupiedError):
        a_journal(tmp_path, query())
    a_journal(tmp_path, query(), overwrite=True).close()
    (tmp_path / "folder").mkdir()
    with pytest.raises(PlaceError, match="is a folder"):
        open_journal(str(tmp_path / "folder"), query(), True)
    assert journal_path(str(out)) == tmp_path / ".t.csv.progress"
    journal = Journal(journal_path(str(out)), "settings")
    assert json.loads(json.dumps(journal.entries[0]))["settings"]["query"] == "q"
    journal.close()
