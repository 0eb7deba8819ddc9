"""What settings a table of samples was made with, kept beside it where they are not the usual ones."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

from lib.audio.samples import SampleJob
from lib.errors import OccupiedError
from lib.io.files import atomic_path
from lib.io.stamps import check_own_json, read_own_json
from lib.io.states import text_digest

# A table that says nothing was made with the usual settings: no file is needed beside it.
USUAL = SampleJob("", "", 80, 1000, False)
# What settings are called, where it is not what their fields are.
TITLES = {"shortest": "min", "longest": "max", "most": "samples"}
# The settings that every version of the tool has noted.
OURS = ("shortest", "longest", "filter", "sort")
# What has no say in which samples there are. That columns are missing is seen in the table itself.
LEFT_OUT = ("folder", "filename", "features", "threads", "keep")


def _settings(job: SampleJob, count: int = -1) -> dict[str, object]:
    """Return what decides which samples there are, by name, as JSON gives it back: queries as they were written."""
    fields = (field.name for field in dataclasses.fields(job) if field.name not in LEFT_OUT)
    return {name: getattr(job, name) for name in fields} | {
        "filter": job.filter.text,
        "sort": job.sort.text,
        "count": count,
    }


def _beside(out: str) -> Path:
    folder = os.path.dirname(out.split("%s", maxsplit=1)[0])
    return Path(folder) / f".{text_digest(os.path.basename(out))[:16]}.settings"


def check_place(out: str) -> None:
    """Raise PlaceError if someone else's file is where the settings are noted."""
    check_own_json(_beside(out), *OURS)


def check_settings(job: SampleJob, out: str, count: int = -1) -> None:
    """Raise OccupiedError if the tables that are there under this name were made with other settings than the job's."""
    before = read_own_json(_beside(out), *OURS) or _settings(USUAL)
    now = _settings(job, count)
    other = [
        f"{TITLES.get(name, name)} {_shown(before[name])}, not {_shown(now[name])}"
        for name in now
        if name in before and before[name] != now[name]
    ]
    if other:
        raise OccupiedError(f"was made with other settings ({'; '.join(other)})", out)


def _shown(value: object) -> object:
    return "none" if value in ("", -1, None) else value


def keep_settings(job: SampleJob, out: str, count: int = -1) -> None:
    """Note the settings that tables are made with from now on."""
    path, now = _beside(out), _settings(job, count)
    check_place(out)
    if now == _settings(USUAL):
        path.unlink(missing_ok=True)
        return
    with atomic_path(path, follow=False) as part:
        Path(part).write_text(json.dumps(now), "utf-8", "surrogateescape")
