"""Compiled kernels for test processes: each writes to a folder of its own, and copies what another has compiled."""

import os
import shutil
from functools import cache
from pathlib import Path


@cache
def fetch_kernels(own: Path, moment: float):
    """Copy to `own` the kernels of other test processes that it has not, for the programs that a test starts.

    Once for each `moment`, whatever that counts. A kernel is an index and the files of code that it names: the index
    is copied last, and only where there is none.
    """
    for folder in sorted(own.parent.glob("kernels-*")):
        for index in sorted(folder.glob("**/*.nbi")):
            place = own / index.relative_to(folder)
            if place.exists():
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            for path in [*sorted(index.parent.glob(f"{index.stem}.*.nbc")), index]:
                partial = place.with_name(f"{path.name}.{os.getpid()}.part")
                shutil.copyfile(path, partial)
                os.replace(partial, place.with_name(path.name))


def share_kernels(own: Path):
    """Have numba look for a kernel that is not in `own` in the folders beside it, and copy it from there."""
    from numba.core.caching import IndexDataCacheFile

    load = IndexDataCacheFile.load

    def load_or_copy(self, key):
        found = load(self, key)
        if found is not None:
            return found
        place = Path(self._cache_path)
        if not place.is_relative_to(own):
            return None
        for folder in sorted(own.parent.glob("kernels-*")):
            if folder != own:
                other = IndexDataCacheFile.__new__(IndexDataCacheFile)
                other.__dict__.update(self.__dict__)
                other._cache_path = str(folder / place.relative_to(own))
                other._index_path = str(Path(other._cache_path) / self._index_name)
                found = load(other, key)
                if found is not None:
                    self.save(key, found)
                    return found
        return None

    IndexDataCacheFile.load = load_or_copy


def plain(monkeypatch, *modules):
    """Have the compiled functions that these modules define or import run as plain Python, which checks indices."""
    for module in modules:
        for name, value in list(vars(module).items()):
            if hasattr(value, "py_func"):
                monkeypatch.setattr(module, name, value.py_func)
