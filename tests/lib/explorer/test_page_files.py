"""The files of a page: what is written, kept and removed; and how a table's columns are put into its script."""

import json
import os
from pathlib import Path

import pytest

from lib.errors import OccupiedError, PlaceError
from lib.explorer import page
from lib.explorer.building import HOLDS, ExplorerReport
from lib.explorer.group import DATA, PARTS, _files_of, about_path, is_whole, state_of, was_built
from lib.explorer.layouts import Placing
from lib.explorer.loops import LoopSize
from lib.explorer.page import INDEX, check_page, front_files, table_script, write_page
from lib.io.owners import claim_folder
from lib.io.stamps import put_stamp
from lib.tables.table import Table
from lib.text.credits import Credit
from tests.support.each import each


@each(
    ("cells", "found"),
    [
        (list("aaaa"), {"values": ["a"], "index": [0, 0, 0, 0]}), (list("aaa"), {"all": ["a", "a", "a"]}),
        (list("babababa"), {"values": ["b", "a"], "index": [0, 1] * 4}), (list("bababab"), {"all": list("bababab")}),
        ([], {"values": [], "index": []}),
    ],
)  # fmt: skip
def test_a_column_whose_cells_repeat_four_times_is_shorter(cells, found):
    assert page._column(cells) == found


def report(count=2, **more):
    numbers = list(range(count))
    return ExplorerReport(numbers, [1] * count, [0] * count, numbers, numbers, [-9.0] * count, 64, **more)


def test_the_script_of_a_table_is_ascii_and_ends_no_script():
    table = Table.of({"filename": ["</script>.wav", "ж.wav"], "n": ["1", "2"]})
    made = table_script(table, "a <title>", [Placing("x", "y", True)], report(loop=LoopSize(96, 72, 1)), (96, 72))
    assert made.startswith(b"explorerTable({")
    assert made.endswith(b"});\n")
    assert b"<" not in made
    about = json.loads(made[len(b"explorerTable(") : -3])
    assert about["title"] == "a <title>"
    assert (about["rows"], about["columns"]) == (2, ["filename", "n"])
    assert about["cells"][0] == {"all": ["</script>.wav", "ж.wav"]}
    assert about["ways"] == [{"x": "x", "y": "y", "grid": True}]
    assert about["loop"] == {"width": 96, "height": 72, "step": 80}
    assert (about["rate"], about["mark"], about["group"], about["across"], about["small"]) == (48_000, 2400, 256, 16, 3)
    assert about["sources"] == {"columns": ["title", "creator", "date", "licence", "address"], "files": {}}
    told = table_script(table, "", [], report(), (96, 72), {"ж.wav": Credit("T", "C")})
    about = json.loads(told[len(b"explorerTable(") : -3])
    assert about["sources"]["files"] == {"ж.wav": ["T", "C", "", "", ""]}
    assert about["loop"] is None


def test_a_file_that_holds_this_already_is_left_as_it_is(tmp_path):
    target = tmp_path / "a.js"
    assert page._put(str(target), b"abc") == 3
    os.utime(target, (1, 1))
    assert page._put(str(target), b"abc") == 3
    assert target.stat().st_mtime == 1
    assert page._put(str(target), b"abcd") == 4
    assert target.read_bytes() == b"abcd"
    assert target.stat().st_mtime > 1


@pytest.fixture
def built(tmp_path):
    """A page of 300 samples: two groups, with the files that it needs, and a report of them."""
    out = tmp_path / "page"
    for folder in (out, out / DATA, out / PARTS):
        claim_folder(str(folder), HOLDS)
    for group in (0, 1):
        for name in (f"pictures_{group:04d}.webp", f"small_{group:04d}.webp", f"sound_{group:04d}_00.js"):
            (out / DATA / name).write_bytes(b"x" * 10)
    (out / DATA / "loops_0001_00.js").write_bytes(b"x" * 10)
    table = Table.of({"filename": [f"{n}.wav" for n in range(300)]})
    return out, table, report(300, loop=LoopSize(96, 72, 1))


def known(out, group, *names):
    """Note files as built by this group."""
    about = about_path(str(out), group)
    Path(about).write_text(json.dumps({"files": {name: state_of(str(out / DATA / name)) for name in names}}))
    put_stamp(about, "made")


def test_what_an_earlier_build_has_left_is_removed_and_nothing_else(built):
    out, table, told = built
    old = ("pictures_0002.webp", "small_0002.webp", "sound_0002_03.js", "loops_0002_00.js", "sound_0000_01.js")
    for name in (*old, "pictures_0003.webp", "mine.webp", "sound_0002.txt"):
        (out / DATA / name).write_bytes(b"old")
    known(out, 2, *old[:4])
    known(out, 0, old[4])
    total = write_page(str(out), table, "t", [], told, (96, 72))
    left = {path.name for path in (out / DATA).iterdir() if not path.name.startswith(".")}
    # Nobody has noted that the third group's picture was made here.
    assert left == {
        "table.js", "pictures_0000.webp", "small_0000.webp", "sound_0000_00.js", "pictures_0001.webp",
        "small_0001.webp", "sound_0001_00.js", "loops_0001_00.js", "pictures_0003.webp", "mine.webp", "sound_0002.txt",
    }  # fmt: skip
    front = sum(path.stat().st_size for path in front_files())
    assert total == 7 * 10 + (out / DATA / "table.js").stat().st_size + front
    assert {path.name for path in out.iterdir() if path.is_file()} >= {path.name for path in front_files()}
    assert INDEX in {path.name for path in front_files()}


def test_a_page_may_be_written_again_unless_someone_has_changed_it(built):
    out, table, told = built
    check_page(str(out), False)
    write_page(str(out), table, "t", [], told, (96, 72))
    check_page(str(out), False)
    (out / INDEX).write_text("mine now")
    with pytest.raises(OccupiedError, match="was changed since this tool made it"):
        check_page(str(out), False)
    check_page(str(out), True)
    (out / INDEX).unlink()
    check_page(str(out), False)
    (out / "linked").write_bytes((Path(page.FRONT) / INDEX).read_bytes())
    os.symlink("linked", out / INDEX)
    with pytest.raises(OccupiedError):
        check_page(str(out), False)
    with pytest.raises(PlaceError, match="is a file"):
        check_page(str(out / "linked"), False)


def test_what_earlier_versions_of_the_page_held_stays_known(built):
    out, table, told = built
    written = out / PARTS / page.WRITTEN
    write_page(str(out), table, "t", [], told, (96, 72))
    first = json.loads(written.read_text())["written"]
    assert len(first) == len({path.read_bytes() for path in front_files()})
    written.write_text(json.dumps({"written": ["earlier", first[0]]}))
    page._keep_written(str(out))
    assert json.loads(written.read_text())["written"] == ["earlier", *first]
    os.utime(written, (1, 1))
    page._keep_written(str(out))
    assert written.stat().st_mtime == 1


def test_a_group_is_whole_as_long_as_its_files_are_as_they_were_built(built):
    out, *_ = built
    names = ("pictures_0000.webp", "small_0000.webp")
    known(out, 0, *names)
    data, about = str(out / DATA), about_path(str(out), 0)
    assert is_whole(data, about, "made")
    assert not is_whole(data, about, "other")
    assert [was_built(str(out), 0, name) for name in (*names, "sound_0000_00.js", "")] == [True, True, False, False]
    (out / DATA / names[0]).write_bytes(b"other")
    assert not is_whole(data, about, "made")
    assert not was_built(str(out), 0, names[0])
    assert state_of(str(out / "nowhere")) == ""


@each(
    ("files", "found"),
    [
        ({"a": 1, "b/../c": "x", "d": "y"}, {"a": "1", "d": "y"}),
        (["p", "s"], {"pictures_0007.webp": "p", "small_0007.webp": "s"}),
        (["p", "s", "t", "more"], {"pictures_0007.webp": "p", "small_0007.webp": "s", "sound_0007.js": "t"}),
        ("no", {}), (None, {}),
    ],
)  # fmt: skip
def test_descriptions_of_earlier_versions_are_read(tmp_path, files, found):
    about = tmp_path / "about.json"
    about.write_text(json.dumps({"files": files}))
    put_stamp(str(about), "made")
    assert _files_of(str(about), 7) == found
