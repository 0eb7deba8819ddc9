"""A group of samples: its sheets, tracks and loops in the page's data folder, and what is known of them."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lib.explorer.loops import write_loops
from lib.explorer.material import NOTHING, Material, MaterialJob, load
from lib.explorer.sheets import GROUP, sheets_of, write_pictures
from lib.explorer.tracks import track_path, write_tracks
from lib.io.files import atomic_path
from lib.io.stamps import is_fresh, put_stamp, read_own_json
from lib.io.states import file_state

DATA, PARTS = "data", ".parts"


@dataclass(frozen=True)
class GroupSettings:
    """How a group is written. size: of a picture; pixel_bytes: those of the pictures at most, or None; about: the file
    that describes it; made_from: the digest of its inputs; problems: (file, reason) of its files."""

    size: tuple[int, int]
    quality: int
    pixel_bytes: float | None
    kbps: int
    about: str
    problems: tuple[tuple[str, str], ...]
    made_from: str


@dataclass(frozen=True)
class GroupJob:
    """A group: its samples as (place of the file in `materials`, number there), None where the file cannot be read."""

    number: int
    data: str
    materials: tuple[MaterialJob, ...]
    samples: tuple[tuple[int, int] | None, ...]
    settings: GroupSettings


def about_path(out: str, number: int) -> str:
    """Return the file that describes a group."""
    return os.path.join(out, PARTS, f"group_{number:04d}.json")


def write_group(job: GroupJob) -> None:
    """Write a group's sheets, tracks and loops, and their description."""
    materials = [load(material) for material in job.materials]
    samples: list[tuple[Material, int] | None] = [s and (materials[s[0]], s[1]) for s in job.samples]
    sheets = sheets_of(job.data, job.number)
    _remove_earlier(job)
    write_pictures(sheets, samples, *job.settings.size, job.settings.quality, job.settings.pixel_bytes)
    sounds = [s[0].sound(s[1]) if s else np.zeros(0, "<i2") for s in samples]
    tracks = write_tracks(job.data, job.number, sounds, job.settings.kbps, GROUP)
    files = [sheets.pictures, sheets.small, *(track_path(job.data, job.number, n) for n in range(tracks.count))]
    loops = [s[0].loop(s[1]) if s else [] for s in samples]
    files += write_loops(job.data, job.number, tracks.track, loops, GROUP)
    about = {
        "shown": [s[0].shown if s else NOTHING for s in samples],
        "track": tracks.track,
        "at": tracks.at,
        "level": tracks.level,
        "length": [len(sound) for sound in sounds],
        "problems": job.settings.problems,
        "files": {os.path.basename(path): state_of(path) for path in files},
    }
    with atomic_path(job.settings.about) as part:
        Path(part).write_text(json.dumps(about), "utf-8")
    put_stamp(job.settings.about, job.settings.made_from)


def _remove_earlier(job: GroupJob) -> None:
    """Remove the files that an earlier build of this group has made, if nobody changed them since."""
    for name, state in _files_of(job.settings.about, job.number).items():
        path = os.path.join(job.data, name)
        if state and state_of(path) == state:
            os.remove(path)


def _files_of(about: str, number: int) -> dict[str, str]:
    """Return the files that a group's description lists, with their states; earlier versions listed states alone."""
    files = (read_own_json(about, "files") or {}).get("files")
    if isinstance(files, list):
        names = (f"pictures_{number:04d}.webp", f"small_{number:04d}.webp", f"sound_{number:04d}.js")
        files = dict(zip(names, files, strict=False))
    # A name, never a path: whatever stands in the description, it leads nowhere else.
    known = files.items() if isinstance(files, dict) else ()
    return {name: str(state) for name, state in known if name == os.path.basename(name)}


def state_of(path: str) -> str:
    """Return the state of a file; "": there is none."""
    try:
        return file_state(path)
    except OSError:
        return ""


def is_whole(data: str, about: str, made_from: str) -> bool:
    """Return whether a group's files exist, unchanged since they were built, and were built from this."""
    if not is_fresh(about, made_from):
        return False
    try:
        told = json.loads(Path(about).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return all(state_of(os.path.join(data, name)) == state for name, state in told["files"].items())


def was_built(out: str, number: int, name: str) -> bool:
    """Return whether a file of a group is as it was built, by this run or an earlier one."""
    known = _files_of(about_path(out, number), number).get(name, "")
    return bool(known) and known == state_of(os.path.join(out, DATA, name))
