"""From a composition to a film: its length, its sound, its pictures, and both together; reused where they can be."""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lib import cli
from lib.audio.mixer import MIX_RATE, mix
from lib.audio.reader import NO_AUDIO
from lib.audio.writer import check_target, write_audio
from lib.composing.clips import load_clips
from lib.composing.composition import Composition
from lib.composing.frame_store import ClipRange, FilmJob, fill_store, store_name
from lib.composing.frames import (
    Source,
    frame_path,
    frames_there,
    open_source,
    pictures,
    remove_frames,
    render_files,
    save_picture,
)  # fmt: skip
from lib.composing.score import limit_voices, sounds_of
from lib.composing.screen import RenderSettings, largest_sizes
from lib.errors import MediaError, WriteError
from lib.io.files import atomic_path, check_outputs, make_folder, scratch_folder
from lib.io.formats import hours
from lib.io.progress import bar
from lib.io.stamps import is_fresh, put_stamp, stamp_path
from lib.io.states import content_digest, digest, file_state
from lib.parallel.jobs import Cluster
from lib.parallel.run import check_cluster
from lib.video.writer import MUXERS, PNG, RAW, check_film, film_writer

Notify = Callable[[str], None]

VERSION = 1
"""A change here makes sound, pictures and caches of earlier versions be made anew."""
SIZE_BYTES = 16
"""Of a clip's largest size in the cache: two whole numbers of 64 bits."""
# Flags that change how a piece is made, not what it is.
HOW = {
    *("input", "out", "outframe", "threads", "cluster", "cache", "cd", "ckey", "verifyc", "recalc", "overwrite"),
    *("probe", "frame", "frange", "ao", "vo", "quality", "ss", "sd", "precision", "alphar", "cscale"),
}
ONLY_HEARD = {"db", "rvb", "mdb", "maxdb", "maxa", "keep", "inva", "volr"}
ONLY_SEEN = {"width", "height", "margin", "brightr", "noise", "fa", "rmode", "io", "debug"}


@dataclass(frozen=True)
class Plan:
    """What is made: `total` pictures of the whole piece, of which `first` to `last` are the film (1, 2, ...)."""

    args: argparse.Namespace
    notify: Notify
    composition: Composition
    made_from: dict[str, object]
    total: int
    first: int
    last: int
    bad: dict[str, str] = field(default_factory=dict)

    @property
    def digits(self) -> int:
        """How many digits the numbers of pictures have."""
        return len(str(self.total))

    @property
    def settings(self) -> RenderSettings:
        """What all pictures share."""
        a = self.args
        return RenderSettings(a.width, a.height, a.fps, a.noise, a.fa, a.io, a.rand)

    @property
    def sound_path(self) -> str:
        """The file of the sound, beside the film."""
        return str(Path(self.args.out).with_suffix(".mp3"))

    def stamp(self, without: set[str], **more: object) -> str:
        """Return what tells one piece from another, but for the flags in `without`."""
        flags = {name: value for name, value in vars(self.args).items() if name not in HOW | without}
        return digest({**self.made_from, "flags": flags, **more})


def compose(args: argparse.Namespace, kind: type[Composition], notify: Notify) -> int:
    """Make the film of a piece of this kind, and return the exit status. `notify` takes lines for the user."""
    _check(args)
    clips, table = load_clips(args)
    check_outputs([args.out], [args.input, *clips.films])
    composition = kind(clips, table, args)
    composition.score = limit_voices(
        composition.score, clips, composition.most_heard, composition.always_heard, args.inva, args.rand
    )
    plan = _plan(args, notify, composition)
    if args.probe:
        notify(_lengths(plan))
        return cli.EXIT_DONE
    wanted = wanted_frames(plan)
    if args.ao and wanted is not None:
        raise MediaError("-ao makes the sound only: leave -frame and -frange out, or -ao")
    if not args.ao:
        why = "each needs the one before it (-fa)" if args.fa < 1 else "they go straight into the film (-outframe)"
        _check_cluster(plan, "" if args.outframe and args.fa >= 1 else why)
    if not args.vo and wanted is None:
        _make_sound(plan)
    if not args.ao:
        _make_film(plan, wanted)
    return cli.report_bad(cli.program_name(), sorted(plan.bad.items()), strict=False)


def compose_picture(args: argparse.Namespace, kind: type[Composition], notify: Notify) -> int:
    """Make the first picture of a piece of this kind, without sound, into -out, and return the exit status."""
    if args.ao:
        raise MediaError("-ao: this is a picture, and has no sound: leave that flag out")
    target = Path(args.out)
    if target.suffix.lower() in MUXERS:
        target = target.with_suffix(".png")
    if target.suffix.lower() != ".png":
        raise MediaError("give -out a name that ends in .png", args.out)
    clips, table = load_clips(args)
    check_outputs([str(target)], [args.input, *clips.films])
    composition = kind(clips, table, args)
    plan = Plan(args, notify, composition, _made_from(args, composition), 1, 1, 1)
    size = f"{args.width} x {args.height}, clips: {len(clips)}"
    if args.probe:
        notify(size)
        return cli.EXIT_DONE
    _check_cluster(plan, "there is only one")
    with _store_folder(plan) as folder:
        (picture,) = pictures(composition, plan.settings, _source(plan, folder), [1], args.threads)
    make_folder(target.parent)
    save_picture(picture, str(target))
    notify(f"{target}: {size}")
    return cli.report_bad(cli.program_name(), sorted(plan.bad.items()), strict=False)


def _check_cluster(plan: Plan, why: str) -> None:
    """Raise MediaError if -cluster cannot be used, which is else found out after the sound.

    why: the reason for which pictures are drawn here all the same, to be told ("": they are drawn on the cluster).
    """
    args = plan.args
    if args.cluster:
        outputs = (args.cd,) if why else (args.cd, os.path.dirname(args.outframe))
        check_cluster(Cluster(args.cluster, tuple(plan.composition.clips.films), outputs))
        if why:
            plan.notify(f"-cluster reads the films; the pictures are drawn on this machine: {why}")


def _check(args: argparse.Namespace) -> None:
    """Raise MediaError for flags that do not go together."""
    check_film(args.out)
    if args.ao and args.vo:
        raise MediaError("-ao and -vo exclude each other: sound only, or pictures only?")
    if args.outframe and args.outframe.count("%s") != 1:
        raise MediaError(f'-outframe {args.outframe}: give a name with one %s in it, such as "tmp/frame.%s.png"')
    if args.outframe and not args.outframe.lower().endswith(".png"):
        raise MediaError(f"-outframe {args.outframe}: give a name that ends in .png")
    if "%s" in os.path.dirname(args.outframe):
        raise MediaError(f"-outframe {args.outframe}: %s belongs into the file's name, not the folder's")


def _plan(args: argparse.Namespace, notify: Notify, composition: Composition) -> Plan:
    """Return what is made: the lengths, and the excerpt in whole pictures."""
    ends = max(composition.end_ms, float(composition.score.sound_ends.max(initial=0.0)))
    total = math.ceil((ends + args.pad1) / 1000 - 1e-9) * args.fps
    begin = round(max(args.ss, 0.0) * args.fps)
    end = total if args.sd <= 0 else min(begin + round(args.sd * args.fps), total)
    if begin >= total:
        raise MediaError(f"-ss {args.ss:g}: the piece is only {total / args.fps:g} s long")
    if end <= begin:
        raise MediaError(f"-sd {args.sd:g}: that is less than one picture")
    return Plan(args, notify, composition, _made_from(args, composition), max(total, 1), begin + 1, max(end, begin + 1))


def _made_from(args: argparse.Namespace, composition: Composition) -> dict[str, object]:
    """Return what a piece is made from: the table and the media, in their present state."""
    clips = composition.clips
    states = {
        name: file_state(path) if os.path.isfile(path) else "" for name, path in zip(clips.filenames, clips.films)
    }
    table = content_digest(args.input)
    return {"version": VERSION, "piece": type(composition).__name__, "table": table, "media": states}


def _lengths(plan: Plan) -> str:
    args, score = plan.args, plan.composition.score
    frames = plan.last - plan.first + 1
    heard = int(np.count_nonzero(score.sounds & (score.volume > 0)))
    seconds = frames / args.fps
    clips = len(plan.composition.clips)
    return (
        f"{seconds:.3f} s ({hours(seconds)}), pictures: {frames}, clips: {clips}, plays: {len(score)}, heard: {heard}"
    )


def wanted_frames(plan: Plan) -> list[int] | None:
    """Return the pictures that -frame or -frange asks for; None: all of the film."""
    args = plan.args
    if args.frame >= 0:
        first = last = plan.last if args.frame == 0 else args.frame
    else:
        try:
            first, last = (int(word) for word in args.frange.split(","))
        except ValueError:
            raise MediaError(f"-frange {args.frange}: give the first and the last picture, such as 1,240") from None
        if (first, last) == (1, 0):
            return None
        last = last or plan.last
    if not plan.first <= first <= last <= plan.last:
        which = f"-frame {args.frame}" if args.frame >= 0 else f"-frange {args.frange}"
        raise MediaError(f"the pictures are {plan.first} to {plan.last}", which)
    if not args.outframe:
        raise MediaError("-frame and -frange write pictures: give -outframe a name, such as tmp/frame.%s.png")
    return list(range(first, last + 1))


def _make_sound(plan: Plan) -> None:
    """Mix the sound into its file, unless it is there already."""
    args, path = plan.args, plan.sound_path
    made_from = plan.stamp(ONLY_SEEN, begin=plan.first, end=plan.last)
    check_target(path)
    check_outputs([path], plan.composition.clips.films)
    if not args.overwrite and is_fresh(path, made_from):
        plan.notify(f"{path}: is there already")
        return
    begin_ms = 1000.0 * (plan.first - 1) / args.fps
    length_ms = 1000.0 * (plan.last - plan.first + 1) / args.fps
    plays = sounds_of(plan.composition.score, plan.composition.clips, plan.composition.playback, begin_ms, args.rand)
    with mix(plays, length_ms, args.db) as result:
        names = dict(zip(plan.composition.clips.films, plan.composition.clips.filenames))
        # A film without sound is shown all the same.
        plan.bad.update({names[film]: reason for film, reason in result.bad if reason != NO_AUDIO or args.ao})
        unread = [reason for _, reason in result.bad if reason != NO_AUDIO]
        if unread and len(unread) == len({play.path for play in plays}):
            raise _nothing_read(args, unread)
        write_audio(path, result.blocks, MIX_RATE, result.frames)
    put_stamp(path, made_from)
    plan.notify(f"{path}: {hours(length_ms / 1000)}, plays: {len(plays)}")


def _make_film(plan: Plan, wanted: list[int] | None) -> None:
    """Make the pictures, and of them (unless only some are wanted) the film."""
    args = plan.args
    with _store_folder(plan) as folder:
        source = _source(plan, folder)
        frames = wanted or list(range(plan.first, plan.last + 1))
        if args.outframe:
            _prepare_frames(plan)
            render_files(
                plan.composition, plan.settings, source, frames, args.outframe, plan.digits, args.threads, args.cluster
            )
            if wanted:
                shown = frame_path(args.outframe, frames[0], plan.digits)
                plan.notify(shown if len(frames) == 1 else f"{args.outframe}: pictures {frames[0]} to {frames[-1]}")
                return
        size = (args.width, args.height)
        sound = "" if args.vo else plan.sound_path
        kind = PNG if args.outframe else RAW
        with (
            film_writer(args.out, size, args.fps, len(frames), args.quality, kind, sound) as film,
            bar(len(frames), "film", "picture") as progress,
        ):
            drawn = None if args.outframe else pictures(plan.composition, plan.settings, source, frames, args.threads)
            for frame in frames:
                if drawn is None:
                    film.write(Path(frame_path(args.outframe, frame, plan.digits)).read_bytes())
                else:
                    film.write(next(drawn).data)
                progress.update()
    odd = " (H.264 needs even sizes: padded)" if args.width % 2 or args.height % 2 else ""
    plan.notify(f"{args.out}: {_lengths(plan)}{odd}")


@contextmanager
def _store_folder(plan: Plan) -> Iterator[str]:
    """Yield the folder of the clips' pictures: the cache, or one that is removed at the end."""
    args = plan.args
    if args.cache:
        key = args.ckey or "sample"
        if os.path.basename(key) != key or key in (os.curdir, os.pardir):
            raise MediaError(f"-ckey {key}: give a plain name, without a folder")
        folder = os.path.join(args.cd, key, type(plan.composition).__name__.lower())
        make_folder(folder)
        with _closed_at_the_end():
            yield folder
    else:
        with scratch_folder(args.cd) as folder, _closed_at_the_end():
            yield folder


@contextmanager
def _closed_at_the_end() -> Iterator[None]:
    """Close what was opened of the clips' pictures: what is made next may have files of the same names."""
    try:
        yield
    finally:
        open_source.cache_clear()


def _sizes(plan: Plan, folder: str) -> npt.NDArray[np.int64]:
    """Return the largest size of every clip, from the cache if it is there."""
    path = os.path.join(folder, "sizes.bin")
    made_from = plan.stamp(ONLY_HEARD)
    if not (plan.args.recalc or plan.args.overwrite) and is_fresh(path, made_from):
        with suppress(OSError):
            known = Path(path).read_bytes()
            if len(known) == SIZE_BYTES * len(plan.composition.clips):  # else it is damaged, and made again
                return np.frombuffer(known, "<i8").astype(np.int64).reshape(-1, 2)
    sizes = largest_sizes(plan.composition, plan.settings, plan.total)
    if plan.args.cache:
        with atomic_path(path) as part:
            Path(part).write_bytes(sizes.astype("<i8").tobytes())
        put_stamp(path, made_from)
    return sizes


def _source(plan: Plan, folder: str) -> Source:
    """Make what is missing of the clips' pictures, and return where they are."""
    args, clips, cells = plan.args, plan.composition.clips, plan.composition.cells
    if args.debug:
        return Source((), (), args.rmode, boxes=True)
    sizes = _sizes(plan, folder)
    ranges: list[dict[ClipRange, int]] = [{} for _ in clips.films]
    place: list[tuple[int, int] | None] = []
    for n in range(len(clips)):
        if not sizes[n].all():
            place.append(None)
            continue
        size = int(sizes[n, 0]), int(sizes[n, 1])
        clip = ClipRange(float(clips.vstart[n]), float(clips.vdur[n]), *size, float(cells.w[n] / cells.h[n]))
        film = int(clips.film[n])
        place.append((film, ranges[film].setdefault(clip, len(ranges[film]))))
    jobs, films = [], []
    for film, wanted in enumerate(ranges):
        if wanted:
            target = store_name(folder, clips.filenames[film])
            jobs.append(FilmJob(clips.films[film], target, tuple(wanted), args.rmode))
            films.append(film)
    good: list[int] = []
    with bar(len(jobs), "films") as progress:
        for outcome in fill_store(jobs, args.threads, args.verifyc, args.overwrite, args.cluster):
            progress.update()
            if outcome.error:
                kind = outcome.kind or MediaError
                if not issubclass(kind, MediaError) or issubclass(kind, WriteError):  # no fault of the film
                    raise MediaError(f"{outcome.error}", clips.filenames[films[outcome.index]])
                plan.bad.setdefault(clips.filenames[films[outcome.index]], outcome.error)
            else:
                good.append(films[outcome.index])
    if jobs and not good:
        raise _nothing_read(args, list(plan.bad.values()))
    number = {film: index for index, film in enumerate(sorted(good))}
    places = tuple((number[p[0]], p[1]) if p and p[0] in number else None for p in place)
    return Source(tuple(store_name(folder, clips.filenames[film]) for film in sorted(good)), places, args.rmode)


def _nothing_read(args: argparse.Namespace, reasons: list[str]) -> MediaError:
    where = f"is -dir {args.dir} the folder of its files?"
    why = f" ({reasons[0]})" if reasons else ""
    return MediaError(f"none of its films can be read{why}: {where}", args.input)


def _prepare_frames(plan: Plan) -> None:
    """Remove pictures that were made from something else, and say what those are made from that will be there."""
    args, pattern = plan.args, plan.args.outframe
    made_from = plan.stamp(ONLY_HEARD, total=plan.total)
    make_folder(os.path.dirname(pattern))
    if args.overwrite or not is_fresh(pattern, made_from):
        if not args.overwrite and not stamp_path(pattern).exists() and frames_there(pattern, plan.digits):
            raise MediaError(
                "there are pictures that this tool did not make: give another -outframe, or -overwrite", pattern
            )
        remove_frames(pattern, plan.digits, plan.total)
        put_stamp(pattern, made_from)
    there = sum(plan.first <= frame <= plan.last for frame in frames_there(pattern, plan.digits))
    if there:
        plan.notify(f"{pattern}: {there} pictures are there already")
