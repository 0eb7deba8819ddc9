"""Play samples one after the other, overlapping, in the order of a feature: a table in, one audio file out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from lib import cli
from lib.cli.playing import add_playing, left_out, playing_values
from lib.errors import printable
from lib.io.endings import SOUND_ENDINGS
from lib.tables.query_language import parse_sort

SOUND = cli.output(SOUND_ENDINGS, "audio files")

EXAMPLE = (
    'python features_to_audio.py -in "tmp/my_samples.csv" -dir "media/sample/" -sort "tsne=asc" '
    '-out "output/by_similarity.mp3"'
)


def parser() -> cli.Parser:
    """Return the command line."""
    parser = cli.Parser(__doc__, EXAMPLE, keeps="")
    add_playing(parser, cli.parsed(parse_sort))
    parser.flag("out", "output/sort_tsne.mp3", "audio file to write (.mp3, .wav, .flac, .ogg, .m4a)", kind=SOUND)
    cli.add_strict(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Do the stage."""
    values = playing_values(args)
    from lib.audio.mixer import MIX_RATE, mix
    from lib.audio.sorted_plays import (
        Playing,
        check_heard,
        how_long,
        plays_of,
        read_played,
        rows_to_play,
        silent_plays,
        unusable_plays,
    )
    from lib.audio.writer import check_target, write_audio
    from lib.io.files import check_outputs
    from lib.io.presence import check_there
    from lib.tables.sample_rows import media_of

    playing = Playing(**values)
    table = read_played(args.input, playing)
    rows = rows_to_play(table, playing)
    plays, length_ms = plays_of(rows, args.dir, playing)
    length = how_long(length_ms, len(plays)) + left_out(len(table), len(rows), args)
    if args.probe:
        cli.say(length)
        return cli.EXIT_DONE
    cli.keep_hold(args.out)
    check_there(args.dir, rows.text("filename"))
    check_target(args.out)
    check_outputs([args.out], [args.input, *media_of(table, args.dir)])
    with mix(plays, length_ms, rings_out=True) as result:
        status = cli.report_bad(cli.program_name(), result.bad, args.strict, result.partly)
        if note := silent_plays(result.silent):
            print(f"{cli.program_name()}: {printable(note)}", file=sys.stderr)
        check_heard(result, plays, args.input)
        write_audio(args.out, result.blocks, MIX_RATE, result.frames)
        length += unusable_plays(plays, (path for path, _ in result.bad))
    cli.say(f"{args.out}: {length}")
    return status


def main(argv: Sequence[str] | None = None) -> int:
    """Run this stage on `argv` and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
