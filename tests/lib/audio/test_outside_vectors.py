"""Vectors from elsewhere: by filename, start and dur from a file, or columns of the table; wrong files are told."""

import numpy as np
import pytest

from lib.audio.outside_vectors import column_vectors, file_vectors
from lib.audio.similarity import table_points
from lib.errors import MediaError
from lib.tables.table import Table


@pytest.fixture
def table():
    cells = {"filename": ["a", "b", "a", "a"], "start": ["0", "0", "5.0", "9"], "dur": ["1", "1", "2", "2"]}
    return Table.of({**cells, "power": ["1", "3", "", "5"], "hz": ["7", "7", "7", "7"], "note": ["C"] * 4}, "t.csv")


def test_rows_find_their_vectors_by_file_start_and_length(table, tmp_path):
    path = str(tmp_path / "v.npz")
    np.savez(path, filename=["a", "z", "b", "a"], start=[5, 0, 0, 0], dur=[2.0, 1, 1, 3], vectors=np.eye(4)[:, :3])
    vectors, good = file_vectors(table, path)
    assert good.tolist() == [False, True, True, False]
    assert vectors.tolist() == [[0, 0, 0], [0, 0, 1], [1, 0, 0], [0, 0, 0]]
    found = table_points(table, "no such folder", "", 1, source=path)
    assert (found.absent, found.bad) == (2, [])


def test_columns_are_standardised_and_rows_with_gaps_are_left_out(table):
    vectors, good = column_vectors(table, "power, hz")
    assert good.tolist() == [True, True, False, True]
    # 1, 3, 5: mean 3, deviation sqrt(8/3); a column of one value says nothing.
    assert vectors[:, 0] == pytest.approx([-2 / (8 / 3) ** 0.5, 0, 0, 2 / (8 / 3) ** 0.5])
    assert not vectors[:, 1].any()


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"filename": ["a"], "start": [0], "dur": [1]}, "no array vectors"),
        ({"filename": ["a"], "start": [0], "dur": [1], "vectors": [1.0]}, "needs filename"),
        ({"filename": [1], "start": [0], "dur": [1], "vectors": [[1.0]]}, "needs filename"),
        ({"filename": ["a"], "start": ["0"], "dur": [1], "vectors": [[1.0]]}, "needs filename"),
        ({"filename": ["a", "b"], "start": [0], "dur": [1], "vectors": [[1.0]]}, "needs filename"),
        ({"filename": ["q"], "start": [0], "dur": [1], "vectors": [[1.0]]}, "any of the table's samples"),
        ({"filename": np.array(["a"], object), "start": [0], "dur": [1], "vectors": [[1.0]]}, "not an .npz of plain"),
    ],
)  # fmt: skip
def test_files_of_another_kind_are_reported(table, tmp_path, arrays, said):
    path = str(tmp_path / "v.npz")
    np.savez(path, **arrays)
    with pytest.raises(MediaError, match=said):
        file_vectors(table, path)


def test_what_is_no_such_file_is_reported(table, tmp_path):
    (tmp_path / "text.npz").write_text("1,2,3")
    np.save(tmp_path / "one", np.zeros(3))
    (tmp_path / "one.npy").rename(tmp_path / "one.npz")
    for name, said in {"text": "plain arrays", "one": "a single array", "none": "no such file"}.items():
        with pytest.raises(MediaError, match=said):
            file_vectors(table, str(tmp_path / f"{name}.npz"))


def test_columns_without_numbers_or_not_there_are_reported(table):
    with pytest.raises(MediaError, match="no row has numbers"):
        column_vectors(table, "power,note")
    with pytest.raises(MediaError, match="'clarity'"):
        column_vectors(table, "power,clarity")
