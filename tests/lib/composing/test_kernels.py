"""What is compiled before workers start: each kernel, by a use of it that works, unless it is there already."""

import itertools

import pytest

from lib.composing import clip_frames, drawing, kernels, mipmaps, rasterizer
from tests.support.kernels import plain


@pytest.fixture
def used(monkeypatch):
    """The kernels run as plain Python; which of them are used is noted."""
    found = []
    plain(monkeypatch, mipmaps, drawing, rasterizer, clip_frames)
    for module, name in ((mipmaps, "_reduce"), (rasterizer, "draw"), (clip_frames, "_choose")):
        kernel = getattr(module, name)

        def noted(*given, name=name, kernel=kernel):
            found.append(name)
            return kernel(*given)

        monkeypatch.setattr(module, name, noted)
    monkeypatch.setattr(kernels, "compile_pictures", lambda: found.append("pictures"))
    monkeypatch.setattr(kernels, "watch_compiler", lambda: found.append("watch"))
    return found


@pytest.mark.parametrize("there", [False, True])
def test_the_kernel_of_mipmaps_is_used_unless_it_is_there(used, monkeypatch, there):
    monkeypatch.setattr(kernels, "is_compiled", lambda kernel: there)
    kernels.compile_frames()
    assert set(used) == ({"pictures"} if there else {"pictures", "_reduce"})


@pytest.mark.parametrize("there", list(itertools.product([False, True], repeat=2)))
def test_the_kernels_of_drawing_are_used_unless_both_are_there(used, monkeypatch, there):
    asked = iter(there)
    monkeypatch.setattr(kernels, "is_compiled", lambda kernel: next(asked))
    kernels.compile_drawing()
    assert used == (["watch"] if all(there) else ["watch", "draw", "_choose"])
