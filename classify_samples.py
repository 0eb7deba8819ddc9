#!/usr/bin/env python3
"""Predict the class of each sample, from labelled samples or from a folder with a subfolder for each class."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lib import cli
from lib.audio.fingerprint_kinds import TIMBRE
from lib.cli.fingerprints import add_cache, cache_place, check_measured
from lib.errors import MediaError
from lib.io.formats import counted

if TYPE_CHECKING:
    from lib.audio.similarity import Fingerprints
    from lib.math.classifier import Classifier
    from lib.tables.table import Table

EXAMPLE = (
    'python classify_samples.py -in "tmp/loud.csv" -dir "media/sample/" -train "tmp/loud.csv" -prop "cluster" '
    '-model "tmp/clusters.npz" -out "tmp/classified.csv"'
)


def parser() -> cli.Parser:
    """Return the command line."""
    parser = cli.Parser(__doc__, EXAMPLE, keeps=cli.FINGERPRINTS)
    cli.add_samples(parser, "table of samples: filename, start, dur (ms)")
    train = "a table with the class filled in for some rows, or a folder with one subfolder per class"
    parser.flag("train", "", f"{train}; if omitted: -model")
    parser.flag(
        "model", "", "model (.npz): written after -train, else read", kind=cli.output((".npz",), "models", True)
    )
    parser.flag("prop", "class", "column of the class, read and written; its probability is PROPProb", kind=cli.column)
    parser.flag("out", "", "table to write; if omitted: the input file itself", kind=cli.optional_table)
    add_cache(parser)
    cli.add_threads(parser, 4)
    cli.add_overwrite(parser, "classify again, and replace an existing model")
    cli.add_strict(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Do the stage."""
    out = cli.table_to_write(args)
    names = [args.prop, f"{args.prop}Prob"]
    cli.check_new_columns("prop", names, own=names)
    if not args.train and not args.model:
        raise cli.UsageError("train", "give samples to learn from, or the -model of an earlier run")
    from lib.audio.training import keep_model, load_model
    from lib.io.caches import check_cache, remove_cache
    from lib.io.files import check_outputs
    from lib.io.presence import check_there
    from lib.tables.column_settings import write_from
    from lib.tables.sample_rows import media_of, read_samples

    cache = cache_place(args.cache, out)
    table = read_samples(args.input, out)
    media = media_of(table, args.dir)
    training = [] if os.path.isdir(args.train) or args.train == out else [args.train]
    check_outputs([out, *([args.model] if args.train and args.model else [])], [*media, *filter(None, training)])
    check_outputs([cache], [args.input, out, args.model, *training, *media])
    check_cache(cache)
    check_there(args.dir, table.text("filename"))
    if names[1] in table.columns and not args.overwrite:
        cli.say(f"{args.input}: already has {', '.join(names)} (-overwrite makes them again)")
        if args.out:
            write_from(args.input, table, out)
        return cli.EXIT_DONE
    model, status = learn(args, cache) if args.train else (load_model(args.model, TIMBRE), cli.EXIT_DONE)
    table, bad = with_classes(table, names, model, cache, args)
    if args.train and args.model:
        keep_model(model, args.model)  # last of all: after an earlier end the same command trains again
        cli.say(f"model: {args.model}")
    write_from(args.input, table, out)
    if not args.cache:
        remove_cache(cache)
    return status | bad


def measured(table: Table, folder: str, cache: str, args: argparse.Namespace) -> tuple[Fingerprints, int]:
    """Return the fingerprints of a table, and the exit status."""
    from lib.audio.similarity import table_fingerprints

    found = table_fingerprints(table, folder, cache, args.threads, kind=TIMBRE)
    return found, check_measured(found, table.path, cache, args)


def learn(args: argparse.Namespace, cache: str) -> tuple[Classifier, int]:
    """Return the trained model, and the exit status; print its accuracy, and save the picture."""
    import numpy as np

    from lib.audio.training import FEWEST_CLASSES, check_model, training_table
    from lib.math.classifier import cross_validate, train
    from lib.plots.confusion import confusion_lines, confusion_picture
    from lib.plots.output import show_or_save

    check_model(args.model, args.overwrite)
    table, folder = training_table(args.train, args.dir, args.prop, f"{args.prop}Prob")
    found, status = measured(table, folder, cache, args)
    labels, vectors = np.array(table.text(args.prop))[found.good], found.vectors[found.good]
    names = np.unique(labels)
    if len(names) < FEWEST_CLASSES:
        raise MediaError("fewer than two of its classes have a readable sample", args.train)
    trial = cross_validate(vectors, labels)
    learnt = f"{counted(len(labels), 'sample')} of {counted(len(names), 'class')}"
    if trial is None:
        cli.say(f"{learnt}; not cross-validated: a class has one sample only")
    else:
        right = f"{100 * trial.accuracy:.1f} % right in cross-validation"
        cli.say(f"{learnt}: {right}")
        cli.say(*confusion_lines(names.tolist(), trial.confusion))
        picture = confusion_picture(names.tolist(), trial.confusion, right)
        cli.say(show_or_save(picture, f"output/{args.prop}_confusion.png", args.train))
    model = train(vectors, labels, TIMBRE)
    return model, status


def with_classes(
    table: Table, names: Sequence[str], model: Classifier, cache: str, args: argparse.Namespace
) -> tuple[Table, int]:
    """Return the table with the classes and their probabilities, and the exit status."""
    from lib.audio.training import given

    found, status = measured(table, args.dir, cache, args)
    rows = found.good.nonzero()[0]
    chances = model.probabilities(found.vectors[rows])
    by_hand = given(table, *names)
    kept = table.text(names[0]) if any(by_hand) else []
    cells = {names[0]: [kept[row] if by_hand[row] else "" for row in range(len(table))], names[1]: [""] * len(table)}
    for row, chance in zip(rows.tolist(), chances):
        if by_hand[row]:
            continue
        best = int(chance.argmax())
        cells[names[0]][row], cells[names[1]][row] = str(model.classes[best]), f"{chance[best]:.3f}"
    without = f", {sum(by_hand):,} keep the class that they were given" if any(by_hand) else ""
    filled = sum(map(bool, cells[names[0]]))
    cli.say(f"{counted(filled, 'sample')}{without}{found.lost()} -> {cli.table_to_write(args)}: {', '.join(names)}")
    return table.with_columns(cells), status


def main(argv: Sequence[str] | None = None) -> int:
    """Run the stage with these arguments (the command line's by default) and return the exit status."""
    return cli.run_main(parser(), run, argv)


if __name__ == "__main__":
    sys.exit(main())
