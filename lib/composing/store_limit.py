"""The size of the cache of clips' pictures: what was not used for long is removed when there is too much of it."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from lib.io.owners import is_our_folder

HOLDS = "the pictures of clips"
# Bytes: about seven grids of 128x128 in 1280x720.
MOST_BYTES = 4 << 30
# Seconds: what was used later than this may belong to a run that still needs it.
IN_USE = 6 * 3600
_NAME = re.compile(r"[0-9a-f]+\.frames")


def limit_store(folder: str | Path, used: Collection[str], most: int = MOST_BYTES) -> None:
    """Remove files of the cache in `folder`, those first that were used longest ago, until `most` bytes are left.

    used: the files of this run, which stay and are marked as used now. Others stay that were used within IN_USE. Only
    files of the store count, in its own folders: FOLDER/NAME/COMPOSITION/DIGEST.frames.
    """
    now = time.time()
    for mine in used:
        with suppress(OSError):
            os.utime(mine, (now, now))
    found = []
    for path in Path(folder).glob("*/*/*.frames"):
        with suppress(OSError):
            state = path.lstat()
            if _NAME.fullmatch(path.name) and not path.is_symlink() and is_our_folder(path.parent, HOLDS):
                found.append((state.st_mtime, state.st_size, path))
    size = sum(bytes_ for _, bytes_, _ in found)
    kept = {os.path.abspath(path) for path in used}
    for used_at, bytes_, path in sorted(found):
        if size <= most or used_at > now - IN_USE:
            return
        if os.path.abspath(path) not in kept:
            with suppress(OSError):  # another run was quicker
                path.unlink()
            size -= bytes_
