#!/usr/bin/env python3
"""Show samples one after the other, in the order of a feature, with their sound: a table in, a film out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from fractions import Fraction

from lib import cli
from lib.cli.films import PREVIEW_FPS, add_codec, add_lufs, check_codec, preview_size, rate
from lib.cli.playing import add_playing, left_out, playing_values
from lib.errors import printable
from lib.io.endings import FILM_ENDINGS
from lib.tables.query_language import parse_sort

LAYOUTS = ("single", "split")
FITS = ("crop", "contain")

EXAMPLE = (
    'python features_to_video.py -in "tmp/band.csv" -sort "loudness=asc" -mdb -9999 -rvb 0 -overlap 200 '
    '-caption "%note%octave %filename %time" -width 640 -height 360 -out "output/band_by_loudness.mp4"'
)


def parser() -> cli.Parser:
    """Return the command line."""
    parser = cli.Parser(__doc__, EXAMPLE, keeps=cli.WHOLE_FILES)
    add_playing(parser, cli.parsed(parse_sort))
    film = "film to write (.mp4, .m4v, .mov, .mkv)"
    parser.flag("out", "output/sorted.mp4", film, kind=cli.output(FILM_ENDINGS, "films"))
    parser.flag("width", 1280, "width of the picture in pixels", kind=cli.positive)
    parser.flag("height", 720, "height of the picture in pixels", kind=cli.positive)
    parser.flag("fps", "24", "pictures per second, such as 25 or 30000/1001", kind=rate)
    layout = "single: the newest sample fills the frame; split: simultaneous ones share it, in 4, 9 or 16 cells"
    parser.flag("layout", "single", layout, choices=LAYOUTS)
    parser.flag("fit", "crop", "how pictures fill the frame or cells: crop, or contain (with bars)", choices=FITS)
    parser.flag("fade", 0, "time over which a sample's picture appears, in ms", kind=cli.not_negative)
    caption = 'text on the pictures, such as "%note %filename %time": %COLUMN: a cell; %time: position in the file'
    parser.flag("caption", "", caption)
    add_codec(parser)
    add_lufs(parser)
    parser.switch("chapters", "add chapters where the sorted value changes, or ten equal ones")
    parser.switch("preview", "a quick look: a quarter of the size, 12 pictures per second")
    cli.add_overwrite(parser, "start over after an interruption")
    cli.add_strict(parser)
    cli.add_threads(parser, 1)
    return parser


def run(args: argparse.Namespace) -> int:
    """Do the stage."""
    values = playing_values(args)
    check_codec(args.codec, args.out)
    from lib.audio.sorted_plays import (
        Playing,
        how_long,
        plays_of,
        read_played,
        rows_to_play,
        silent_plays,
        unusable_plays,
    )
    from lib.io.files import check_outputs
    from lib.io.presence import check_there
    from lib.supercut.film import make_supercut
    from lib.supercut.legends import captions, check_caption
    from lib.supercut.settings import FilmSettings
    from lib.supercut.supercut import Supercut
    from lib.tables.sample_rows import media_of
    from lib.text.missing import without_font
    from lib.video.cue_sheet import check_cue_files

    playing = Playing(**values)
    table = read_played(args.input, playing)
    check_caption(args.caption, table)
    rows = rows_to_play(table, playing)
    plays, length_ms = plays_of(rows, args.dir, playing)
    width, height = preview_size(args.width, args.height) if args.preview else (args.width, args.height)
    settings = FilmSettings(
        film=args.out,
        width=width,
        height=height,
        fps=Fraction(PREVIEW_FPS) if args.preview else args.fps,
        split=args.layout == "split",
        fit=args.fit,
        fade_ms=float(args.fade),
        caption=args.caption,
        codec=args.codec,
        quality="low" if args.preview else "cuts",
        lufs=args.lufs,
        chapters=chapter_column(args) if args.chapters else "",
    )
    cut = Supercut(rows, plays, length_ms, settings)
    length = how_long(length_ms, len(plays)) + cut.lengths() + left_out(len(table), len(rows), args)
    if args.probe:
        cli.say(length)
        return cli.EXIT_DONE
    cli.keep_hold(args.out)
    check_there(args.dir, rows.text("filename"))
    inputs = [args.input, *media_of(table, args.dir)]
    check_outputs([args.out], inputs)
    check_cue_files(args.out, inputs, args.overwrite)
    if args.caption and (note := without_font(captions(args.caption, rows))):
        cli.say(note)
    make_supercut(cut, args.threads, args.overwrite, cli.say)
    status = cli.report_bad(cli.program_name(), list(cut.bad.items()), args.strict, list(cut.partly.items()))
    if note := silent_plays(cut.silent):
        print(f"{cli.program_name()}: {printable(note)}", file=sys.stderr)
    cli.say(f"{args.out}: {length}{unusable_plays(plays, cut.bad)}")
    return status


def chapter_column(args: argparse.Namespace) -> str:
    """Return the column whose values are the titles of chapters: the last of the sort, which decides the order."""
    return "filename" if args.order else str(args.sort.columns[-1])


def main(argv: Sequence[str] | None = None) -> int:
    """Run this stage on `argv` and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
