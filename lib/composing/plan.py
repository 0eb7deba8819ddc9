"""The plan of a run: its length, its pictures, and what distinguishes it from another run."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from lib.composing.clip_table import load_clips
from lib.composing.clips import Clips
from lib.composing.composition import Composition
from lib.composing.score import limit_voices
from lib.composing.settings import RunSettings
from lib.errors import OutsideError
from lib.io.formats import hours
from lib.io.states import digest, file_state
from lib.tables.table import Table

Notify = Callable[[str], None]

# A change here invalidates sound, pictures and caches of earlier versions.
VERSION = 5
# Fields of CompositionSettings, and flags of compositions, that change only the pictures, or only the sound.
ONLY_SEEN = {"width", "height", "margin", "brightness"}
ONLY_HEARD = {"level_db", "most_db", "reverb", "most_heard", "always_heard", "volr"}
# A float slightly above a whole second means that second.
NEARLY = 1e-9


@dataclass(frozen=True)
class Plan:
    """The result: `total` pictures of the whole composition, of which `first` to `last` are the film (1, 2, ...).

    flags: the composition's own; made_from: the state of all inputs; bad: files that could not be used, each with the
    reason; heard_only: files without a picture, which are only heard.
    """

    run: RunSettings
    notify: Notify
    composition: Composition
    flags: Mapping[str, object]
    made_from: Mapping[str, object]
    total: int = 1
    first: int = 1
    last: int = 1
    bad: dict[str, str] = field(default_factory=dict)
    partly: dict[str, str] = field(default_factory=dict)
    heard_only: list[str] = field(default_factory=list)

    @property
    def digits(self) -> int:
        """The number of digits in the numbers of pictures."""
        return len(str(self.total))

    @property
    def begin_ms(self) -> float:
        """The beginning of the excerpt."""
        return float(1000 * (self.first - 1) / self.run.render.fps)

    @property
    def length_ms(self) -> float:
        """The length of the excerpt."""
        return float(1000 * (self.last - self.first + 1) / self.run.render.fps)

    @property
    def sound_path(self) -> str:
        """The file of the sound, beside the film."""
        return str(Path(self.run.output.film).with_suffix(".mp3"))

    def sound_stamp(self) -> str:
        """Return what distinguishes this sound from another."""
        excerpt = {"begin": self.first, "end": self.last, "fps": str(self.run.render.fps)}
        sound = asdict(self.run.sound)
        if not sound["quick"]:
            del sound["quick"]
        return self._stamp(ONLY_SEEN, sound=sound, **excerpt)

    def picture_stamp(self, **more: object) -> str:
        """Return what distinguishes these pictures, and the sizes of the clips in them, from others."""
        store = {"fit": self.run.store.fit, "boxes": self.run.store.boxes, "crop": self.run.store.crop_bars}
        if self.run.store.step_ms:
            store |= {"step": self.run.store.step_ms}
        render = {**asdict(self.run.render), "fps": str(self.run.render.fps)}
        if not self.run.render.rough:
            del render["rough"]
        return self._stamp(ONLY_HEARD, render=render, store=store, **more)

    def frames_stamp(self) -> str:
        """Return what distinguishes the files of these pictures from those of another film."""
        return self.picture_stamp(total=self.total)

    def _stamp(self, without: set[str], **more: object) -> str:
        given = {
            **asdict(self.run.composition),
            "views": asdict(self.run.views),
            "folder": os.path.realpath(self.run.folder),
        }
        flags = {f"-{name}": repr(value) for name, value in self.flags.items() if name not in without}
        settings = {name: value for name, value in given.items() if name not in without}
        return digest({**self.made_from, **settings, **flags, **more})

    def wanted_frames(self) -> list[int] | None:
        """Return the pictures that are asked for; None: all of the film. Raises OutsideError if they are not in it."""
        if self.run.output.wanted is None:
            return None
        first, last = (frame or self.last for frame in self.run.output.wanted)
        if not self.first <= first <= last <= self.last:
            asked = f"picture {first} is" if first == last else f"pictures {first} to {last} are"
            raise OutsideError(f"{asked} asked for, but the pictures are {self.first} to {self.last}")
        return list(range(first, last + 1))

    def empty_cells(self) -> str:
        """Return a line for the user about cells that stay empty, and why ("": none)."""
        clips = self.composition.clips
        counts = np.bincount(clips.film, minlength=len(clips.filenames)).tolist()
        of = dict(zip(clips.filenames, counts))
        why = {
            "of files without a picture, which are only heard": self.heard_only,
            "of files that could not be used": [name for name in self.bad if name in of],
        }
        said = [f"{sum(of[name] for name in names):,} {what}" for what, names in why.items() if names]
        return f"cells without a clip: {', '.join(said)}" if said else ""

    def lengths(self) -> str:
        """Return a line for the user about the length of the film."""
        score, frames = self.composition.score, self.last - self.first + 1
        heard = int(np.count_nonzero(score.sounds & (score.volume > 0)))
        seconds, clips = float(frames / self.run.render.fps), len(self.composition.clips)
        return (
            f"{seconds:.3f} s ({hours(seconds)}), pictures: {frames}, clips: {clips}, plays: {len(score)}, "
            f"heard: {heard}"
        )


def composed(run: RunSettings, kind: type[Composition], flags: Mapping[str, object]) -> Composition:
    """Return a composition of this kind, with the wanted number of voices. Raises MediaError if its table is wrong."""
    clips, table = load_clips(run.table, run.folder, run.views)
    composition = kind(clips, table, run.composition, **flags)
    composition.cells_digest = _digest_of(table)
    composition.score = limit_voices(
        composition.score,
        clips,
        composition.most_heard,
        composition.always_heard,
        run.sound.outer,
        run.composition.seed,
        composition.heard_of_all,
    )
    return composition


def left_out(clips: Clips) -> str:
    """Return a line for the user about samples of the table that the composition leaves out, and why ("": none)."""
    first, last = ("x".join(map(str, view)) for view in clips.views)
    counts = {
        "without a cell in the grid": clips.no_cell,
        f"outside of the views (grid0 {first}, grid1 {last})": clips.unseen,
    }
    said = [f"{what}: {count:,}" for what, count in counts.items() if count]
    return f"samples left out: {'; '.join(said)}" if said else ""


def plan_of(run: RunSettings, composition: Composition, flags: Mapping[str, object], notify: Notify) -> Plan:
    """Return the plan: the lengths, and the excerpt in whole pictures. Raises OutsideError if that is empty."""
    fps, output = run.render.fps, run.output
    if note := left_out(composition.clips):
        notify(note)
    ends = max(composition.end_ms, float(composition.score.sound_ends.max(initial=0.0)))
    total = math.ceil(math.ceil((ends + run.composition.after_ms) / 1000 - NEARLY) * fps)
    begin = round(max(output.begin_s, 0.0) * float(fps))
    end = total if output.length_s <= 0 else min(begin + round(output.length_s * float(fps)), total)
    if begin >= total:
        raise OutsideError(
            f"the excerpt begins at {output.begin_s:g} s, but the composition is only {float(total / fps):g} s long"
        )
    if end <= begin:
        raise OutsideError(f"an excerpt of {output.length_s:g} s is less than one picture")
    return Plan(run, notify, composition, flags, made_from(run, composition), total, begin + 1, end)


def made_from(run: RunSettings, composition: Composition) -> dict[str, object]:
    """Return the inputs of a composition: the cells that it uses, and the media, in their present state."""
    clips = composition.clips
    states = {
        name: file_state(path) if os.path.isfile(path) else "" for name, path in zip(clips.filenames, clips.films)
    }
    name = type(composition).__name__
    return {"version": VERSION, "composition": name, "cells": composition.cells_digest, "media": states}


def _digest_of(table: Table) -> str:
    """Return a digest of the columns that have been used; others may come and go."""
    return digest([[name, table.text(name)] for name in sorted(table.used)])
