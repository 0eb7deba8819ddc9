"""Arrays from anyone's file: those that were written come back; damage of every kind is one error about the file."""

import io
import zipfile

import numpy as np
import pytest
from numpy.lib import format as npy

from lib.errors import MediaError, MissingError
from lib.io.arrays import read_arrays
from tests.support.each import each


def header(shape):
    """Return the header of an array of float64, without its numbers."""
    out = io.BytesIO()
    npy.write_array_header_1_0(out, {"descr": "<f8", "fortran_order": False, "shape": shape})
    return out.getvalue()


def zipped(member, name="a.npy", method=zipfile.ZIP_STORED):
    """Return a zip file with one member."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        file.writestr(name, member)
    return out.getvalue()


def saved(array, write=np.savez):
    out = io.BytesIO()
    write(out, a=array)
    return out.getvalue()


def changed(data, offset, mask, mark=b"PK\x03\x04"):
    """Return a zip file with bits of a byte of its member's local header (or its entry in the directory) turned."""
    place = data.index(mark) + offset
    return data[:place] + bytes([data[place] ^ mask]) + data[place + 1 :]


NUMBERS = np.arange(1000.0)
PACKED = saved(NUMBERS, np.savez_compressed)
# An encrypted member has bit 0 of its flags set, in both places; a method of packing that nobody has is 99.
ENCRYPTED = changed(changed(saved(NUMBERS), 6, 1), 8, 1, b"PK\x01\x02")
UNKNOWN = changed(changed(saved(NUMBERS), 8, 99), 10, 99, b"PK\x01\x02")


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
def test_arrays_come_back(tmp_path, write):
    write(tmp_path / "x.npz", a=NUMBERS, b=np.array(["ü"]), c=np.eye(2))
    found = read_arrays(str(tmp_path / "x.npz"), ("a", "b"), "a test")
    assert list(found) == ["a", "b"]
    assert found["a"].tolist() == NUMBERS.tolist()
    assert found["b"].tolist() == ["ü"]


@each(
    ("data", "said"),
    [
        (b"", "is not a test"), (b"1,2,3", "is not a test"), (saved(NUMBERS)[:900], "is not a test"),
        (header((3,)) + bytes(24), "is not a test"), (zipped(b"text"), "other files"),
        (zipped(b"x", "b.npy"), r"is not a test$"), (zipped(header((3,))), "damaged"),
        (zipped(header((10**7, 10**9))), "damaged"), (zipped(header((-1,))), "damaged"),
        (zipped(b"\x93NUMPY"), "damaged"), (changed(saved(NUMBERS), 400, 1), "damaged"), (ENCRYPTED, "damaged"),
        (UNKNOWN, "damaged"), (PACKED[:60] + bytes(200) + PACKED[260:], "damaged"),
        (zipped(header((3,)), method=zipfile.ZIP_LZMA), "damaged"), (saved(np.array([{}])), "pickled"),
    ],
)  # fmt: skip
def test_damage_of_every_kind_is_an_error_about_the_file(tmp_path, data, said):
    path = tmp_path / "x.npz"
    path.write_bytes(data)
    with pytest.raises(MediaError, match=said) as raised:
        read_arrays(str(path), ("a",), "a test")
    assert (raised.value.file, "\n" in str(raised.value)) == (str(path), False)


def test_what_is_missing_is_named(tmp_path):
    path = tmp_path / "x.npz"
    path.write_bytes(saved(NUMBERS))
    with pytest.raises(MediaError, match="is not a test: it has no array b, c; it needs a, b, c"):
        read_arrays(str(path), ("a", "b", "c"), "a test")
    with pytest.raises(MissingError, match="no such file"):
        read_arrays(str(tmp_path / "y.npz"), ("a",), "a test")
    with pytest.raises(MediaError, match="is not a file"):
        read_arrays(str(tmp_path), ("a",), "a test")
