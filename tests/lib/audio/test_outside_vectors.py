"""Vectors from elsewhere: by filename, start and dur from a file, or columns of the table; wrong files are told."""

import numpy as np
import pytest

from lib.audio.outside_vectors import column_vectors, file_vectors
from lib.audio.similarity import table_points
from lib.errors import MediaError
from lib.tables.table import Table
from tests.support.each import each


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


@each(
    ("arrays", "said"),
    [
        ({"filename": ["a"], "start": [0], "dur": [1]}, "no array vectors"),
        ({"filename": ["a"], "start": [0], "dur": [1], "vectors": [1.0]}, "needs filename"),
        ({"filename": [1], "start": [0], "dur": [1], "vectors": [[1.0]]}, "needs filename"),
        ({"filename": ["a"], "start": ["0"], "dur": [1], "vectors": [[1.0]]}, "needs filename"),
        ({"filename": ["a", "b"], "start": [0], "dur": [1], "vectors": [[1.0]]}, "needs filename"),
        ({"filename": ["q"], "start": [0], "dur": [1], "vectors": [[1.0]]}, "any of the table's samples"),
        ({"filename": ["a"], "start": [0], "dur": [1], "vectors": [[np.nan]]}, "NaN or infinite"),
        ({"filename": ["a"], "start": [0], "dur": [1], "vectors": [[1j]]}, "needs filename"),
        ({"filename": np.array(["a"], object), "start": [0], "dur": [1], "vectors": [[1.0]]}, "pickled"),
    ],
)  # fmt: skip
def test_files_of_another_kind_are_reported(table, tmp_path, arrays, said):
    path = str(tmp_path / "v.npz")
    np.savez(path, **arrays)
    with pytest.raises(MediaError, match=said):
        file_vectors(table, path)


@each("size", [1e-200, 1e-30, 1.0, 1e30, 1e200])
def test_distances_are_in_proportion_whatever_the_size_of_vectors_and_columns(tmp_path, size):
    places = np.array([[0.0, 3], [4, 0], [0, 0], [-4, 6]]) * size
    cells = {"filename": ["a"] * 4, "start": list("0123"), "dur": ["1"] * 4}
    named = {"x": [repr(x) for x, _ in places.tolist()], "y": [repr(y) for _, y in places.tolist()]}
    table = Table.of(cells | named, "t.csv")
    path = str(tmp_path / "v.npz")
    np.savez(path, filename=np.array([b"a"] * 4), start=range(4), dur=[1] * 4, vectors=places)
    vectors, good = file_vectors(table, path)
    assert good.all()
    lengths = np.square(vectors - vectors[2]).sum(axis=1) ** 0.5  # of 32-bit numbers, and their squares are, too
    assert lengths / lengths[0] == pytest.approx([1, 4 / 3, 0, 52**0.5 / 3], rel=1e-5)
    # The deviation of 0, 4, 0, -4 is the root of 8; that of 3, 0, 0, 6 the root of 27 / 4 - 9 / 16 * 4 = 6.1875.
    points, good = column_vectors(table, "x,y")
    assert good.all()
    assert points[:, 0] == pytest.approx(np.array([0, 4, 0, -4]) / 8**0.5)
    assert points[:, 1] == pytest.approx((np.array([3, 0, 0, 6]) - 2.25) / 6.1875**0.5)


def test_names_may_be_bytes(table, tmp_path):
    path = str(tmp_path / "v.npz")
    np.savez(path, filename=np.array([b"b", b"\xff"]), start=[0, 0], dur=[1, 1], vectors=np.eye(2))
    assert file_vectors(table, path)[1].tolist() == [False, True, False, False]


def test_columns_without_numbers_or_not_there_are_reported(table):
    with pytest.raises(MediaError, match="no row has numbers"):
        column_vectors(table, "power,note")
    with pytest.raises(MediaError, match="'clarity'"):
        column_vectors(table, "power,clarity")


def test_a_misspelt_fingerprint_is_not_only_a_missing_column(table):
    with pytest.raises(MediaError, match=r"'Timber'.*mean the fingerprint timbre"):
        column_vectors(table, "Timber")


@each(
    ("peak", "kept"),
    [(1e-6, True), (0.9e-6, False), (1.2e-6, True), (1e6, True), (1.2e6, False), (-1e6, True), (-2e6, False)],
)
def test_vectors_of_usual_sizes_are_left_as_they_are(table, tmp_path, peak, kept):
    path = str(tmp_path / "v.npz")
    np.savez(path, filename=["a", "b"], start=[0, 0], dur=[1, 1], vectors=[[peak, 0], [0, peak / 4]])
    found = np.abs(file_vectors(table, path)[0][:2])
    # Others become 0.5 to 1 at the most, all by the same power of two.
    assert found[0, 0] == pytest.approx(abs(peak)) if kept else 0.5 <= found[0, 0] < 1
    assert found.tolist() == [[found[0, 0], 0], [0, found[0, 0] / 4]]


def test_vectors_with_a_gap_are_none(table, tmp_path):
    path = str(tmp_path / "v.npz")
    np.savez(path, filename=["a", "b"], start=[0, 0], dur=[1, 1], vectors=[[1.0, np.nan], [3.0, 4.0]])
    vectors, good = file_vectors(table, path)
    assert good.tolist() == [False, True, False, False]
    assert vectors.tolist() == [[0, 0], [3, 4], [0, 0], [0, 0]]
