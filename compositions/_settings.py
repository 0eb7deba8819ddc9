"""The settings of a run, from the common flags of all compositions. Only the standard library, as in `_flags`."""

from __future__ import annotations

import argparse
from fractions import Fraction
from pathlib import Path

from lib import cli
from lib.cli.films import PREVIEW, PREVIEW_FPS, check_codec, preview_size
from lib.composing.settings import (
    CompositionSettings,
    OutputSettings,
    RenderSettings,
    RunSettings,
    SoundSettings,
    StoreSettings,
    Views,
)

# A level that means: unchanged.
UNCHANGED_LEVEL = -9999


def run_settings(args: argparse.Namespace, still: bool = False) -> RunSettings:
    """Return the settings by the common flags. Flags that exclude each other end the script with status 2."""
    views = Views(args.grid, args.grid0, args.grid1)
    frames = _wanted(args)
    _check(args, views, frames)
    check_codec(args.codec, args.out)
    if args.preview:
        args.width, args.height = preview_size(args.width, args.height)
        args.fps, args.outframe, args.quality = Fraction(PREVIEW_FPS), "", PREVIEW
        args.threads = args.threads if "threads" in args.given else -1
    args.keeps = _kept(args.outframe if not still else "", args.cache)
    if frames and not args.outframe:
        reason = "-frame and -frange write pictures: give them a name, such as tmp/frame.%s.png"
        raise cli.UsageError("outframe", reason)
    return RunSettings(
        table=args.input,
        folder=args.dir,
        views=views,
        composition=_composition(args),
        render=RenderSettings(
            args.width, args.height, args.fps, args.noise, args.fa, _offset(args), args.rand, args.blur, args.preview
        ),
        output=_output(args, frames),
        sound=SoundSettings(args.db, args.inva, args.lufs, args.preview),
        store=_store(args),
        probe=args.probe,
        overwrite=args.overwrite,
        threads=args.threads,
        cluster=args.cluster,
    )


def _kept(pictures: str, cache: bool) -> str:
    """Return what an interrupted run keeps, by the names of its pictures and whether the clips' are cached."""
    if pictures and cache:
        return cli.WHOLE_FILES
    if pictures:
        return "finished pictures are kept: the same command reads the films again, and draws the others"
    if cache:
        return "the clips of finished films are kept: the same command reads the others, and draws all pictures"
    return ""


def _check(args: argparse.Namespace, views: Views, frames: tuple[int, int] | None) -> None:
    """Raise UsageError for flags that exclude each other. frames: those of -frame or -frange, if any."""
    if not views.fit:
        larger = "grid0" if any(a > b for a, b in zip(args.grid0, args.grid)) else "grid1"
        size = "x".join(map(str, getattr(args, larger)))
        raise cli.UsageError(larger, f"{size} is larger than -grid, {args.grid[0]}x{args.grid[1]}")
    if args.ao and args.vo:
        raise cli.UsageError("ao", "-ao and -vo exclude each other: give one of them")
    if frames and args.ao:
        raise cli.UsageError("ao", "makes the sound only: leave -frame and -frange out, or -ao")


def _composition(args: argparse.Namespace) -> CompositionSettings:
    """Return the settings of score and layout."""
    return CompositionSettings(
        width=args.width,
        height=args.height,
        margin=args.margin,
        brightness=args.brightr,
        least_ms=float(args.mcd),
        level_db=_level(args.mdb),
        most_db=_level(args.maxdb),
        reverb=args.rvb,
        most_heard=args.maxa,
        always_heard=args.keep,
        before_ms=float(args.pad0),
        after_ms=float(args.pad1),
        seed=args.rand,
    )


def _output(args: argparse.Namespace, frames: tuple[int, int] | None) -> OutputSettings:
    """Return the settings of the outputs and their encoding."""
    return OutputSettings(
        args.out,
        args.outframe,
        args.quality,
        args.ss,
        args.sd,
        frames,
        sound=not args.vo,
        pictures=not args.ao,
        codec=args.codec,
        chapters=args.chapters,
    )


def _store(args: argparse.Namespace) -> StoreSettings:
    """Return the settings of the store of the clips' pictures."""
    name = args.ckey if args.cache else ""
    return StoreSettings(
        args.cd,
        name,
        args.rmode,
        args.debug,
        args.verifyc,
        args.recalc,
        crop_bars=args.crop == "auto",
        step_ms=1000.0 / PREVIEW_FPS if args.preview else 0.0,
    )


def _level(db: int) -> float | None:
    """Return a level in dBFS, None: unchanged."""
    return None if db == UNCHANGED_LEVEL else float(db)


def _offset(args: argparse.Namespace) -> float:
    """Return the initial offset in ms: as given, or the total length of the films before this one."""
    try:
        return cli.real(args.io)
    except argparse.ArgumentTypeError:
        pass
    from lib.io.files import find_media, media_path
    from lib.video.probe import probe

    found = find_media(args.io)
    films = [media_path(found.folder, name) for name in found.filenames]
    before = [path for path in films if Path(path).resolve() != Path(args.out).resolve()]
    return 1000.0 * sum(probe(path).duration for path in before)


def _wanted(args: argparse.Namespace) -> tuple[int, int] | None:
    """Return the pictures requested by -frame or -frange (None: all)."""
    if args.frame >= 0:
        return args.frame, args.frame
    return None if args.frange == (1, 0) else args.frange
