"""The settings that a table of samples was made with, kept beside it if they are not the usual ones."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

from lib.audio.samples import SampleJob
from lib.errors import OccupiedError
from lib.io.files import atomic_path
from lib.io.pipes import is_stream
from lib.io.stamps import check_own_json, read_own_json
from lib.io.states import text_digest

# A table without such a file was made with the usual settings.
USUAL = SampleJob("", "", 80, 1000, False)
# Names of settings for the user, where they differ from the field's name.
TITLES = {"shortest": "min", "longest": "max", "most": "samples"}
# The settings that every version of this project has noted.
OURS = ("shortest", "longest", "filter", "sort")
# Fields that do not decide which samples there are. Missing columns are seen in the table itself.
LEFT_OUT = ("folder", "filename", "features", "threads", "keep")


def _settings(job: SampleJob, count: int = -1) -> dict[str, object]:
    """Return what decides which samples there are, by name, as JSON returns it: queries as they were written."""
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
    """Raise OccupiedError if the tables that exist under this name were made with other settings than the job's."""
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
    """Note the settings of the tables that are made from now on; those of a pipe are not noted."""
    if is_stream(out):
        return
    path, now = _beside(out), _settings(job, count)
    check_place(out)
    if now == _settings(USUAL):
        path.unlink(missing_ok=True)
        return
    with atomic_path(path, follow=False) as part:
        Path(part).write_text(json.dumps(now), "utf-8", "surrogateescape")
