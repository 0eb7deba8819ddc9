"""Which sample tables are meant by a manifest, a folder, a pattern."""

import os

import pytest

from lib.errors import FolderError, MediaError, NoTableError, PlaceError
from lib.tables.query_language import parse_filter, parse_sort
from lib.tables.sample_sources import NoManifestError, Sources, blacklist_path, find_sources

NONE = parse_filter(""), parse_sort("")
SAMPLES = "filename,start,dur\na,1,2\n"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.mp3", "b.mp3", "c.mp3"):
        (tmp_path / "t").mkdir(exist_ok=True)
        (tmp_path / "t" / f"{name}.csv").write_text(SAMPLES)
    (tmp_path / "m.csv").write_text("filename,size\nb.mp3,5\na.mp3,7\nb.mp3,6\nc.mp3,1\n")
    return tmp_path


def find(spec="m.csv", folder="t", out="", query="", sort="", default=False):
    return find_sources(spec, folder, out, parse_filter(query), parse_sort(sort), default)


def test_the_tables_of_a_manifests_files(here):
    found = find()
    assert found.names == ["b.mp3", "a.mp3", "c.mp3"]
    assert found.paths == [os.path.join("t", f"{name}.csv") for name in found.names]
    assert (found.folder, found.by_name, found.bad, found.notes) == ("t", False, [], [])
    assert find(sort="size=asc").names == ["c.mp3", "b.mp3", "a.mp3"]
    found = find(query="size>5")
    assert (found.names, found.notes) == (["a.mp3", "b.mp3"], ["2 of 4 rows meet the filter size>5"])
    with pytest.raises(MediaError, match="no row is left: 0 of 4 rows meet the filter size>9"):
        find(query="size>9")
    with pytest.raises(MediaError, match="no column 'power'"):
        find(query="power>9")
    assert find(query="power>9", default=True).names == ["b.mp3", "a.mp3", "c.mp3"]


def test_the_blacklist_beside_a_manifest(here):
    assert blacklist_path(os.path.join("x", "m.csv")) == os.path.join("x", "m_blacklist.csv")
    (here / "m_blacklist.csv").write_text("filename\nb.mp3\n")
    found = find()
    assert (found.names, found.notes) == (["a.mp3", "c.mp3"], ["2 of 4 rows are on the blacklist"])
    assert find(query="size>5").notes == ["2 of 4 rows are on the blacklist", "1 of 2 rows meet the filter size>5"]


def test_rows_of_bad_names(here):
    (here / "m.csv").write_text("filename,size\n../x,5\na.mp3,7\n")
    found = find()
    assert found.names == ["a.mp3"]
    assert [name for name, _ in found.bad] == ["../x"]
    (here / "m.csv").write_text("filename,size\n../x,5\n")
    with pytest.raises(MediaError, match="no row names a file that can be used; the first: "):
        find()
    (here / "m.csv").write_text("filename,size\n")
    with pytest.raises(MediaError, match="the table has no rows"):
        find()
    (here / "m.csv").write_text("size\n5\n")
    with pytest.raises(MediaError, match="no column 'filename'"):
        find()
    (here / "m.csv").write_text("filename\nd.mp3\n")
    with pytest.raises(FolderError):
        find()


@pytest.mark.parametrize("spec", ["t", "t/*.csv", "t/a.mp3.csv"])
def test_tables_that_are_given_directly(here, spec):
    found = find(spec)
    wanted = ["a.mp3"] if spec.endswith("a.mp3.csv") else ["a.mp3", "b.mp3", "c.mp3"]
    assert found.names == found.paths == [os.path.join("t", f"{name}.csv") for name in wanted]
    assert (found.by_name, found.folder) == (True, "")
    for how in ({"query": "size>5"}, {"sort": "size"}, {"sort": "size", "default": True}):
        with pytest.raises(NoManifestError, match="its rows are samples"):
            find(spec, **how)
    assert find(spec, query="size>5", default=True).paths == found.paths
    one = len(found.paths) == 1
    with pytest.raises(PlaceError, match="is an input" if one else "is one of the tables that t.* means"):
        find(spec, out=found.paths[0])
    assert find(spec, out="t/new.csv").paths == found.paths


def test_two_tables_are_several(here):
    (here / "t" / "c.mp3.csv").unlink()
    with pytest.raises(PlaceError, match="is one of the tables that t means"):
        find("t", out="t/a.mp3.csv")


def test_what_holds_no_tables(here):
    (here / "empty").mkdir()
    with pytest.raises(MediaError, match=r"there are no sample tables in this folder$") as raised:
        find("empty")
    assert not isinstance(raised.value, NoTableError)
    (here / "empty" / "x.mp3").touch()
    with pytest.raises(NoTableError, match="there are no sample tables in this folder, but media"):
        find("empty")
    with pytest.raises(NoTableError, match="is media, not a table"):
        find("empty/x.mp3")
    with pytest.raises(NoManifestError):
        find_sources("t/a.mp3.csv", "", "", parse_filter("size>5"), NONE[1])
    (here / "n.csv").write_text("start,dur\n1,2\n")  # nothing else
    assert find("n.csv").by_name is True
    # A table with one of the two columns is a manifest.
    (here / "n.csv").write_text("filename,start\na.mp3,5\n")
    assert find("n.csv").by_name is False


def test_what_is_bad_in_order():
    sources = Sources(["a", "b", "c", "d"], folder="f", bad=[("x", "no name")])
    assert sources.bad_of([2, 1], {3: "is empty", 1: "is odd"}) == [
        ("x", "no name"), ("b", "is odd"), ("c", "has no sample table in f"), ("d", "is empty")
    ]  # fmt: skip
