#!/usr/bin/env python3
"""Sort a recording by a feature: cut it at onsets, measure the samples, and play them in order."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import audio_to_samples
import features_to_audio
import features_to_video
import samples_to_tsne
from lib import cli
from lib.errors import MediaError
from lib.io.endings import SOUND_ENDINGS
from lib.io.kept_table import KeptTable, TakenError, candidates, find_place
from lib.io.names import filled_in
from lib.tables.query_language import Sort, parse_sort
from lib.tables.spelling import meant_by

SCRATCH = os.path.join("tmp", "sort_audio")
KEYS = ("tsne", "hz", "power", "loudness", "clarity", "dur", "start", "octave", "note")
# Raised when the tables change: those of earlier versions are then made again.
TABLE_VERSION = 4

EXAMPLE = 'python sort_audio.py -in "media/sample/sonata.mp3" -sort "tsne=asc"'


def parser() -> cli.Parser:
    """Return the command line."""
    parser = cli.Parser(__doc__, EXAMPLE, keeps=cli.STEPS)
    cli.add_input(parser, "media/sample/sonata.mp3", 'audio or video file, folder, or quoted pattern ("media/*.mp3")')
    keys = "tsne, hz, power, loudness, clarity or dur, with =asc or =desc, or a longer sort query"
    parser.flag("sort", "tsne=asc", keys, kind=cli.parsed(sort_query))
    parser.flag("uid", "auto", "name of the tables in tmp/sort_audio/; auto: the input's name", kind=cli.plain_name)
    sound = cli.output(SOUND_ENDINGS, "audio files")
    parser.flag("out", "output/%s.mp3", "sound to write: mp3, wav, flac, ogg, m4a; %s becomes <uid>_<sort>", kind=sound)
    cli.add_overwrite(parser, "replace the tables even if input and settings are the same")
    parser.switch("video", "make the sorted film as well, beside the sound: NAME.mp4")
    parser.switch("plot", "save the spectrogram of the sound before and after, and plot the column of the sort")
    parser.flag("pyv", "python", "accepted for old command lines; no effect")
    parser.flag("steps", 3, "stop after step 1 (samples), 2 (t-SNE) or 3 (sound)", kind=cli.between(1, 3))
    cli.add_strict(parser)
    cli.add_threads(parser, 1)
    return parser


def name_of(spec: str) -> str:
    """Return the name that `-uid auto` stands for: the file's or the folder's, or the pattern's letters."""
    if os.path.exists(spec):
        path = Path(os.path.abspath(spec))
        return without_field(path.stem if path.is_file() else path.name)
    return re.sub(r"[^\w.-]+", "_", spec).strip("_") or "audio"


def without_field(name: str) -> str:
    """Return a name that is safe for a table, in which %s would be replaced by the name of a file."""
    return name.replace("%s", "_s")


def sort_query(words: str) -> Sort:
    """Read a sort; MediaError if it names a column that is not measured, or none."""
    sort = parse_sort(words)
    unknown = next((name for name in sort.columns if name not in KEYS), None)
    if unknown is not None or not sort:
        by = f"{unknown}{meant_by(unknown, KEYS)}" if unknown else "nothing"
        raise MediaError(f"{words!r}: cannot sort by {by}: choose among {', '.join(KEYS)}")
    return sort


def sound_of(args: argparse.Namespace, uid: str) -> str:
    """Return the sound to write."""
    return filled_in(args.out, f"{uid}_{args.sort.text}".replace(os.sep, "-").replace("/", "-"))


def stage(module: object, *words: str) -> int:
    """Run another script with these arguments; its errors become this script's."""
    return module.run(module.parser().parse_args(list(words)))  # type: ignore[attr-defined]


def run(args: argparse.Namespace) -> int:
    """Do the three steps."""
    from lib.io.files import check_outputs, find_media, is_manifest
    from lib.supercut.place import check_place

    if is_manifest(args.input):
        raise MediaError("is a table: recordings are sorted here (features_to_audio.py plays tables)", args.input)
    found = find_media(args.input)
    files = [(name, os.path.join(found.folder, name)) for name in found.filenames]
    names = candidates(name_of(args.input), args.input) if args.uid == "auto" else [without_field(args.uid)]
    # With %s the name of the sound is automatic, so that it must not be someone else's.
    chosen = args.steps >= 3 and "%s" in args.out
    sounds = {uid: sound_of(args, uid) if chosen else "" for uid in names}
    try:
        uid, kept = find_place(SCRATCH, sounds, args.input, files, TABLE_VERSION, args.overwrite)
    except TakenError as error:  # a table in the scratch folder, not a place named by -out
        again = ", or -overwrite to replace it" if error.ours else ""
        raise MediaError(f"{error.reason}: give another -uid{again}", error.file) from error
    out = sound_of(args, uid)
    inputs = [path for _, path in files]
    film = str(Path(out).with_suffix(".mp4")) if args.video and args.steps >= 3 else ""
    check_outputs([kept.path, *([out] if args.steps >= 3 else [])], inputs)
    check_place(film, kept.owner, inputs, args.overwrite)
    kept.begin(args.overwrite, (out if chosen else "", film))
    with cli.reported_once():  # each step reads the same files
        status = sort(args, kept, found.folder, uid, out, film)
    if args.plot and args.steps >= 3 and os.path.exists(out):
        from lib.plots.spectrograms import save_beside

        cli.say(save_beside(out, inputs, ("as it was", f"sorted by {args.sort.text}"), kept.owner))
    return status


def sort(args: argparse.Namespace, kept: KeptTable, folder: str, uid: str, out: str, film: str) -> int:
    """Make the table, the picture, the sound and the film ("": none); return the status."""
    from lib.tables.table import read_table

    table, key, status = kept.path, args.sort.columns[-1], cli.EXIT_DONE
    threads = ["-threads", str(args.threads)] + (["-strict"] if args.strict else [])
    if kept.is_edited:
        cli.say(f"{table}: was edited since it was made, and is used as it is (-overwrite makes it again)")
    else:
        status = stage(audio_to_samples, "-in", args.input, "-dir", folder, "-out", table, "-features", *threads)
    if not os.path.exists(table):  # nothing could be read, as reported
        return cli.EXIT_FAILED
    if not len(read_table(table)):
        if kept.is_edited:
            raise MediaError("has no rows: edit it again, or remove it to have it made again", table)
        raise MediaError(
            "no samples were found: no sound track, a silent one, or no sound of 80 ms and more", args.input
        )
    by_tsne = "tsne" in args.sort.columns
    if args.steps >= 2 and by_tsne:
        status |= stage(samples_to_tsne, "-in", table, "-dir", folder, *(["-plot"] if args.plot else []), *threads)
    if args.plot and not by_tsne:
        from lib.plots.output import show_sorted

        cli.say(show_sorted(read_table(table), key, f"output/{uid}_{key}.png", table))
    if args.steps >= 3:
        # Sorted by power or loudness, levels are meant to be heard.
        level = ["-mdb", "-9999"] if key in ("power", "loudness") else []
        words = ["-in", table, "-dir", folder, "-sort", args.sort.text, *level]
        status |= stage(features_to_audio, *words, "-out", out, *threads[2:])
        if film:
            again = ["-overwrite"] if args.overwrite else []
            status |= stage(features_to_video, *words, "-out", film, *threads, *again)
    return status


def main(argv: Sequence[str] | None = None) -> int:
    """Run the stages with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
