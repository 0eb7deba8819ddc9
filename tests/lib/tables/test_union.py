"""Several tables as one: their columns, and each sample once."""

import csv
import itertools

import numpy as np
import pytest

from lib.tables.sample_tables import read_tables
from lib.tables.union import Owners, SharedFilesError, join, lines_of, union_of_columns
from tests.support.each import each


def write(folder, *tables):
    paths = []
    for n, text in enumerate(tables):
        path = folder / f"t{n}.csv"
        path.write_text(text, "utf-8")
        paths.append(str(path))
    return paths


def test_files_of_several_tables_are_told():
    owners = Owners()
    for table, name in [(0, "a"), (0, "a"), (1, "b"), (3, "c")]:
        owners.add(table, name)
    owners.check()
    owners.add(4, "b")
    owners.add(5, "b")
    owners.add(0, "c")
    with pytest.raises(SharedFilesError) as shared:
        owners.check()
    assert shared.value.tables == [0, 1, 3, 4, 5]


def test_columns_come_in_the_order_of_their_appearance(tmp_path):
    paths = write(
        tmp_path, "filename,start,dur,x\n", "filename,y\n", "dur,z,start,filename,x\n", "y,filename,dur,start\n"
    )
    assert union_of_columns(paths) == ["filename", "start", "dur", "x", "z", "y"]
    assert union_of_columns([]) == []


TABLES = (
    "filename,start,dur,x\na,1,2,\nb,1,2,p\nb,1,2,q\n",
    "x,filename,start,dur,y\nr,a,1.0,2,s\nt,b,1,2,u\nv,c,5,6,\n",
    "filename,size\na,5\n",
    "y,filename,start,dur,x\nw,a,1,2.00,z\n,c,5,7,1\n",
)


def joined(texts, union):
    """The samples by the definition, in plain Python: each has its first filled cells."""
    out = {}
    for text in texts:
        rows = list(csv.DictReader(text.splitlines()))
        times = {}
        for row in rows:
            if not {"filename", "start", "dur"} <= set(row):
                continue
            sample = (row["filename"], float(row["start"]), float(row["dur"]))
            times[sample] = times.get(sample, 0) + 1
            cells = out.setdefault((*sample, times[sample]), dict.fromkeys(union, ""))
            for name in union:
                cells[name] = cells[name] or row.get(name, "")
    return [list(cells.values()) for cells in out.values()]


@each("order", list(itertools.permutations(range(4)))[::5])
def test_each_sample_is_there_once_with_its_first_filled_cells(tmp_path, order):
    texts = [TABLES[n] for n in order]
    paths, out = write(tmp_path, *texts), tmp_path / "out.csv"
    union = union_of_columns(paths)
    fewer = join(paths, union, ("start", "dur"), ("filename",), 1, str(out))
    header, *rows = csv.reader(out.read_text("utf-8").splitlines())
    assert header == union
    assert rows == joined(texts, union)
    assert fewer == 8 - len(rows)


@each("apart", [True, False])
@each("sizes", [(3, 0, 1, 4), (2, 1), (3,)])
@each("union", [["filename", "start", "dur"], ["x", "dur", "filename"], ["start"]])
def test_rows_of_a_block_become_lines_of_each_table(tmp_path, apart, sizes, union):
    rows_of = ["".join(f"f{n},{k},{10 * n + k}\n" for k in range(size)) for n, size in enumerate(sizes)]
    texts = [f"filename,start,dur\n{rows}" for rows in rows_of]
    (block,) = read_tables(write(tmp_path, *texts), ("start",)).blocks
    cells = [row for text in texts for row in csv.DictReader(text.splitlines())]
    owners = [n for n, size in enumerate(sizes) for _ in range(size)]
    for rows in ([], [0], [1, 2], [0, 2], list(range(len(cells)))):
        lines = [",".join(cells[row].get(name, "") for name in union) + "\n" for row in rows]
        mine = {
            n: "".join(line for row, line in zip(rows, lines, strict=True) if owners[row] == n)
            for n in range(len(sizes))
        }
        wanted = list(mine.items()) if apart else [(0, "".join(lines))]
        found = list(lines_of(block, np.array(rows, np.int64), union, apart))
        assert [(block.tables[0] if not apart else table, text.decode()) for table, text in found] == wanted
