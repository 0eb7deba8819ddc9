"""Results of an earlier run: sound and frames to use again, and other people's files, which stay."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from lib.composing.frames import frame_path, frames_there, remove_frames
from lib.composing.plan import Plan
from lib.errors import OccupiedError, PlaceError
from lib.io.files import check_outputs, make_folder
from lib.io.formats import counted
from lib.io.holds import hold_name
from lib.io.stamps import check_free, check_own_json, is_fresh, put_stamp, stamp_path

# Why existing pictures are not used.
OTHER = "made with other settings, or from other files"


def inputs_of(plan: Plan) -> list[str]:
    """Return all input files of a composition."""
    return [plan.run.table, *plan.composition.clips.films]


def sound_owner(plan: Plan) -> str:
    """Return the owner of the sound: the film beside it."""
    return f"the sound of {Path(plan.run.output.film).name}"


def sound_there(plan: Plan) -> bool:
    """Return whether the sound of this run exists, made from the same files with the same settings.

    Raises MediaError if another file is in its place that is not the sound of this film, or is an input.
    """
    path = plan.sound_path
    check_outputs([path], inputs_of(plan))
    check_free(path, sound_owner(plan), plan.run.overwrite)
    if plan.run.overwrite:
        return False
    if is_fresh(path, plan.sound_stamp()):
        return True
    if os.path.exists(path):
        plan.notify(f"{path}: was made with other settings, or from other files, and is made again")
    return False


def keep_sound(plan: Plan) -> None:
    """Record what the sound was made from."""
    put_stamp(plan.sound_path, plan.sound_stamp(), sound_owner(plan))


def check_frames(plan: Plan, wanted: Sequence[int] | None) -> None:
    """Raise OccupiedError if the existing pictures are not of this run: they are neither mixed with others nor lost.

    With `overwrite` those of the whole film are made again. For a few only (`wanted`), existing pictures of other
    settings are a PlaceError, as are pictures that this tool did not make.
    """
    pattern, overwrite = plan.run.output.frames, plan.run.overwrite
    folder, name = os.path.split(pattern)
    check_own_json(stamp_path(pattern), "made_from", "state")
    numbers = wanted or range(1, plan.total + 1)
    check_outputs((frame_path(pattern, frame, plan.digits) for frame in numbers), inputs_of(plan))
    if is_fresh(pattern, plan.frames_stamp()):
        return
    if stamp_path(pattern).exists():
        there = len(frames_there(pattern))
    else:
        there = len(frames_there(pattern, plan.digits).intersection(range(1, plan.total + 1)))
        if there:
            raise PlaceError(f"holds {counted(there, 'picture')} ({name}) that this tool did not make", folder)
    if wanted and overwrite:
        there = len(frames_there(pattern) - set(wanted))
        if there:
            raise PlaceError(f"holds {_pictures(there, name)} {OTHER}; a few alone replace none of them", folder)
    elif there and not overwrite:
        raise OccupiedError(f"holds {_pictures(there, name)} {OTHER}", folder)


def _pictures(count: int, name: str) -> str:
    return f"{counted(count, 'picture')} ({name}) that {'was' if count == 1 else 'were'}"


def hold_frames(plan: Plan, wanted: Sequence[int] | None) -> AbstractContextManager[None]:
    """Return a context in which no other run makes these pictures: MediaError if one does.

    A few more pictures of the same settings (`wanted`) disturb nobody.
    """
    pattern, overwrite = plan.run.output.frames, plan.run.overwrite
    if wanted and not overwrite and is_fresh(pattern, plan.frames_stamp()):
        return nullcontext()
    return hold_name(pattern)


def prepare_frames(plan: Plan, wanted: Sequence[int] | None) -> None:
    """Record what the pictures will be made from; with `overwrite` remove those that are made again."""
    pattern = plan.run.output.frames
    check_frames(plan, wanted)
    make_folder(os.path.dirname(pattern))
    if plan.run.overwrite:
        remove_frames(pattern, plan.digits, wanted or range(1, plan.total + 1))
    if not is_fresh(pattern, plan.frames_stamp()):
        put_stamp(pattern, plan.frames_stamp())
    there = sum(plan.first <= frame <= plan.last for frame in frames_there(pattern, plan.digits))
    if there:
        plan.notify(f"{pattern}: {counted(there, 'picture')} from an earlier run")
