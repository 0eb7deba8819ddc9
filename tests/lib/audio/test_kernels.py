"""What the first run compiles, and when it is known to be compiled."""

import os
from collections import Counter
from types import SimpleNamespace

import pytest

from lib.audio import kernels, mel
from lib.io.kernel_cache import note_compiled
from lib.video import combing, linear, mean_detector
from lib.video.kernels import compile_levels, compile_pictures


def kernel(folder, name="_contrast"):
    """A kernel of a module as numba shows it, whose code is kept in a folder."""
    source = folder / "features.py"
    source.write_text(f"def {name}():\n    pass\n")
    space = {"__name__": "lib.audio.features"}
    exec(compile(source.read_text(), str(source), "exec"), space)
    return SimpleNamespace(py_func=space[name], stats=SimpleNamespace(cache_path=str(folder), cache_hits=Counter()))


def test_a_kernel_is_compiled_if_its_code_is_kept_and_newer_than_its_source(tmp_path):
    one = kernel(tmp_path)
    assert not kernels.is_compiled(one)
    (tmp_path / "features._contrast_of-12.py311.nbi").touch()
    assert not kernels.is_compiled(one)
    kept = tmp_path / "features._contrast-12.py311.nbi"
    kept.touch()
    assert kernels.is_compiled(one)
    os.utime(kept, (1, 1))
    assert not kernels.is_compiled(one)
    (tmp_path / "features.py").unlink()
    assert not kernels.is_compiled(one)


def test_a_checkout_that_only_changes_times_makes_no_kernel_old_for_good(tmp_path):
    one = kernel(tmp_path)
    kept, other = (tmp_path / f"features.{name}-12.py311.nbi" for name in ("_contrast", "_another"))
    for path in (kept, other):
        path.touch()
        os.utime(path, (1, 1))
    note_compiled([one])
    assert not kernels.is_compiled(one)  # it was not run, or from another source
    one.stats.cache_hits["signature"] += 1  # numba found the code by the contents of the source
    note_compiled([one])
    assert kernels.is_compiled(one)
    assert other.stat().st_mtime == 1
    kept.unlink()
    note_compiled([one, lambda: None])
    assert not kernels.is_compiled(one)


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
