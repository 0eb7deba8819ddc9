"""From a composition to a film: its sound, its pictures, and both together; existing results are reused."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from threading import Event
from typing import NamedTuple

from lib.audio.decoding import NO_AUDIO
from lib.audio.effects import Audio
from lib.audio.mixer import MIX_RATE, mix
from lib.audio.writer import check_target, write_audio
from lib.composing.composition import Composition
from lib.composing.cues import cues_of
from lib.composing.frames import Source, frame_path, load_pictures, pictures, render_files, save_picture
from lib.composing.plan import Notify, Plan, composed, left_out, made_from, plan_of
from lib.composing.reuse import check_frames, hold_frames, inputs_of, keep_sound, prepare_frames, sound_there
from lib.composing.settings import RunSettings
from lib.composing.sounds import sounds_of
from lib.composing.sources import nothing_read, source_of, store_folder
from lib.io.encoder import Encoder
from lib.io.files import check_outputs, scratch_folder
from lib.io.formats import after_the_end, hours
from lib.io.holds import hold_name
from lib.io.presence import check_there
from lib.io.progress import bar
from lib.parallel.ahead import read_ahead
from lib.parallel.beside import Beside
from lib.parallel.jobs import Cluster, worker_count
from lib.parallel.run import check_cluster
from lib.video.chapters import Chapter, within
from lib.video.cue_sheet import check_cue_files, write_cues
from lib.video.film_sound import write_film_sound
from lib.video.writer import VideoWriter, check_film, is_padded, planes_of

Reasons = list[tuple[str, str]]


class BadFiles(NamedTuple):
    """Files with reasons: those that could not be used (`bad`), and those that could be read in part only."""

    bad: Reasons
    partly: Reasons


def make_film(kind: type[Composition], flags: Mapping[str, object], run: RunSettings, notify: Notify) -> BadFiles:
    """Make the film of a composition of this kind; return the files that could not be used, with reasons.

    flags: the composition's own; notify: takes lines for the user. Raises MediaError if it cannot be made.
    """
    check_film(run.output.film)
    composition = composed(run, kind, flags)
    check_outputs([run.output.film], [run.table, *composition.clips.films])
    plan = plan_of(run, composition, flags, notify)
    if run.probe:
        notify(plan.lengths())
        return BadFiles([], [])
    wanted = plan.wanted_frames()
    if run.output.pictures and run.output.frames:
        check_frames(plan, wanted)
    if run.output.sound or not run.store.boxes:
        check_there(run.folder, composition.clips.filenames)
    if run.output.pictures:
        if wanted is None:
            check_cue_files(run.output.film, inputs_of(plan), run.overwrite)
        trails = run.render.fa < 1
        why = "each needs the one before it" if trails else "they go straight into the film"
        _check_cluster(plan, why if trails or not run.output.frames else "")
    with ExitStack() as stack:
        if run.output.pictures and run.output.frames:
            stack.enter_context(hold_frames(plan, wanted))
        if wanted is None:
            stack.enter_context(hold_name(run.output.film))
        store = stack.enter_context(store_folder(plan)) if run.output.pictures else ""
        sounds, folder = run.output.sound and wanted is None, ""
        if sounds and run.output.pictures:
            folder = stack.enter_context(scratch_folder(Path(run.output.film).parent))
        if folder and run.sound.quick:
            _make_quickly(plan, store, folder)
        else:
            sound = _make_sound(plan, folder) if sounds else ""
            if run.output.pictures:
                _make_film(plan, source_of(plan, store), wanted, sound)
    return BadFiles(sorted(plan.bad.items()), sorted(plan.partly.items()))


def make_picture(kind: type[Composition], flags: Mapping[str, object], run: RunSettings, notify: Notify) -> BadFiles:
    """Make the first picture of a composition of this kind, without sound, as PNG; as `make_film` otherwise."""
    target = run.output.film
    composition = composed(run, kind, flags)
    check_outputs([target], [run.table, *composition.clips.films])
    plan = Plan(run, notify, composition, flags, made_from(run, composition))
    size = f"{run.render.width} x {run.render.height}, clips: {len(composition.clips)}"
    if run.probe:
        notify(size)
        return BadFiles([], [])
    if not run.store.boxes:
        check_there(run.folder, composition.clips.filenames)
    _check_cluster(plan, "there is only one")
    with hold_name(target), store_folder(plan) as folder:
        (picture,) = pictures(composition, run.render, source_of(plan, folder), [1], run.threads)
        save_picture(picture, target)
    for note in (left_out(composition.clips), plan.empty_cells()):
        if note:
            notify(note)
    notify(f"{target}: {size}")
    return BadFiles(sorted(plan.bad.items()), sorted(plan.partly.items()))


def _check_cluster(plan: Plan, why: str) -> None:
    """Raise MediaError if the cluster cannot be used, which would otherwise be found out after the sound.

    why: the reason, for the user, for which pictures are drawn here nevertheless ("": they are drawn on the cluster).
    """
    run = plan.run
    if run.cluster:
        folder = run.store.folder
        outputs = (folder,) if why else (folder, os.path.dirname(run.output.frames))
        check_cluster(Cluster(run.cluster, tuple(plan.composition.clips.films), outputs))
        if why:
            plan.notify(f"the cluster reads the films; the pictures are drawn on this machine: {why}")


def _make_sound(plan: Plan, folder: str) -> str:
    """Mix the sound into its file, unless it exists, and into `folder` for the film; return the latter.

    folder: where the sound of the film goes ("": there is no film). For a quick look at a film that is all.
    """
    run, path, composition = plan.run, plan.sound_path, plan.composition
    wanted = not (run.sound.quick and folder)
    if wanted:
        check_target(path)
        if sound_there(plan):
            plan.notify(f"{path}: already exists")
            wanted = False
            if not folder:
                return ""
    plays = sounds_of(composition.score, composition.clips, composition.playback, plan.begin_ms, run.composition.seed)
    quick, workers = run.sound.quick, worker_count(run.threads)
    with mix(plays, plan.length_ms, run.sound.gain_db, plan.last == plan.total, workers, rough=quick) as result:
        names = dict(zip(composition.clips.films, composition.clips.filenames))
        # A film without sound is still shown.
        alone = not run.output.pictures
        plan.partly.update({names[film]: reason for film, reason in result.partly})
        plan.bad.update({names[film]: reason for film, reason in result.bad if reason != NO_AUDIO or alone})
        after = dict.fromkeys((names[play.path], play.start_ms) for play in result.silent)
        if after:
            plan.notify(f"samples without sound: {after_the_end(list(after))}")
        unread = [reason for _, reason in result.bad if reason != NO_AUDIO]
        if unread and len(unread) == len({play.path for play in plays}):
            raise nothing_read(plan, unread)
        blocks: Callable[[], Iterable[Audio]] = result.blocks
        most_db = None
        if run.sound.lufs is not None:
            from lib.audio.limiter import HIGHEST_PEAK_DB, brought_to  # heavy, and seldom needed

            blocks, most_db = brought_to(blocks, MIX_RATE, run.sound.lufs), HIGHEST_PEAK_DB
        if wanted:
            if most_db is None:
                write_audio(path, blocks, MIX_RATE, result.frames, quick=quick)
            else:
                from lib.audio.after_codec import below_peak

                with below_peak(blocks, MIX_RATE, result.frames, Path(path).suffix) as lower:
                    write_audio(path, lower, MIX_RATE, result.frames, most_db)
            keep_sound(plan)
            plan.notify(f"{path}: {hours(plan.length_ms / 1000)}, plays: {len(plays)}")
        if not folder:
            return ""
        return write_film_sound(
            folder, run.output.film, run.output.codec, blocks, MIX_RATE, result.frames, most_db, quick=quick
        )


def _make_quickly(plan: Plan, store: str, folder: str) -> None:
    """Make a film for a quick look: its pictures beside its sound, with several threads, both put together in the end.

    store: the folder of the clips' pictures; folder: for the pictures and the sound of the film.
    """
    silent = partial(_make_silent, plan, store, os.path.join(folder, f"silent{Path(plan.run.output.film).suffix}"))
    if worker_count(plan.run.threads) > 1:
        with Beside(silent) as coming:
            sound = _make_sound(plan, folder)
            drawn = coming.result()
    else:
        sound, drawn = _make_sound(plan, folder), silent(None)
    _write_film(plan, None, sound, drawn)


def _make_silent(plan: Plan, store: str, path: str, stop: Event | None) -> str:
    """Make the film without its sound, in this file; return that. stop: when it is set, the film is not wanted."""
    run, output = plan.run, plan.run.output
    size, count = (run.render.width, run.render.height), len(_frames(plan))
    source = source_of(plan, store, stop)
    pixels = planes_of(output.codec, size).pixels
    with VideoWriter(path, size, run.render.fps, count, output.quality, pixels, codec=output.codec) as film:
        _draw(plan, source, film, stop)
    return path


def _frames(plan: Plan) -> list[int]:
    """Return the numbers of the film's pictures."""
    return list(range(plan.first, plan.last + 1))


def _draw(plan: Plan, source: Source, film: Encoder, stop: Event | None = None) -> None:
    """Write the pictures to the encoder of a film, until `stop` is set."""
    run, output, frames = plan.run, plan.run.output, _frames(plan)
    size = run.render.width, run.render.height
    planes = planes_of(output.codec, size)
    drawn = (
        load_pictures(output.frames, frames, plan.digits, size)
        if output.frames
        else pictures(plan.composition, run.render, source, frames, run.threads)
    )
    made = (planes.made_of(picture) for picture in drawn)
    with bar(len(frames), "film", "picture") as progress, closing(read_ahead(made, worker_count(run.threads))) as ready:
        for picture in ready:
            if stop is not None and stop.is_set():
                return
            film.write(picture.data)
            progress.update()


def _make_film(plan: Plan, source: Source, wanted: list[int] | None, sound: str) -> None:
    """Make the pictures and, unless only some are wanted, the film of them, with the sound in this file ("": none)."""
    run, output = plan.run, plan.run.output
    if output.frames:
        frames = wanted or _frames(plan)
        prepare_frames(plan, wanted)
        render_files(plan.composition, run.render, source, frames, output.frames, plan.digits, run.threads, run.cluster)
        if wanted:
            shown = frame_path(output.frames, frames[0], plan.digits)
            plan.notify(shown if len(frames) == 1 else f"{output.frames}: pictures {frames[0]} to {frames[-1]}")
            return
    _write_film(plan, source, sound)


def _write_film(plan: Plan, source: Source | None, sound: str, silent: str = "") -> None:
    """Write the film of the pictures, or of those in the film `silent`, which need no source; and its cues."""
    run, output, composition = plan.run, plan.run.output, plan.composition
    size, count = (run.render.width, run.render.height), len(_frames(plan))
    parts = [Chapter(*part) for part in composition.chapters] if output.chapters else []
    chapters = within(parts, plan.begin_ms, plan.length_ms)
    pixels = planes_of(output.codec, size).pixels
    with VideoWriter(
        output.film, size, run.render.fps, count, output.quality, pixels, sound, output.codec, chapters, silent
    ) as film:
        if source is not None:
            _draw(plan, source, film)
    cues = cues_of(composition.score, composition.clips, plan.begin_ms, plan.length_ms)
    write_cues(output.film, cues, plan.length_ms)
    odd = " (this codec needs even sizes: padded)" if is_padded(output.codec, size) else ""
    if note := plan.empty_cells():
        plan.notify(note)
    plan.notify(f"{output.film}: {plan.lengths()}{odd}")
