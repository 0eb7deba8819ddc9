"""What the first run compiles, and when it is known to be compiled."""

import os

import pytest

from lib.audio import kernels, mel
from lib.video import combing, linear, mean_detector
from lib.video.kernels import compile_levels, compile_pictures

SOURCE = "from numba import njit\n@njit(cache=True)\ndef one(x):\n    return x + 1\n"


def kernel(folder, text):
    """A new kernel from a source, as another run would have it."""
    path = folder / "made.py"
    path.write_text(text)
    space = {"__name__": "made"}
    exec(compile(text, str(path), "exec"), space)
    return space["one"]


def test_a_kernel_is_compiled_if_numba_keeps_its_code_from_the_present_source(tmp_path):
    one = kernel(tmp_path, SOURCE)
    assert not kernels.is_compiled(one)
    assert one(1) == 2
    assert kernels.is_compiled(one)
    os.utime(tmp_path / "made.py", (1, 1))  # a checkout that only changes times
    assert kernels.is_compiled(kernel(tmp_path, SOURCE))
    assert not kernels.is_compiled(kernel(tmp_path, SOURCE.replace("+ 1", "+ 2")))


def test_nothing_is_to_be_compiled_where_numba_compiles_nothing():
    assert kernels.is_compiled(lambda: None)


def test_kernels_are_found_where_numba_keeps_them():
    kernels.compile_kernels()
    assert all(map(kernels.is_compiled, kernels.NEEDED))


@pytest.mark.slow
def test_compiling_leaves_nothing_to_compile_for_films_and_fingerprints():
    compile_pictures()
    compile_levels()
    kernels.compile_fingerprints()
    needed = combing._weigh, linear._shrink, linear._mean_light, mean_detector.hsv_mean, mel._mel_power
    assert all(map(kernels.is_compiled, needed))
