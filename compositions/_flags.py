"""The common flags of all compositions, and their meaning. Only the standard library, so that `-h` is quick."""

from __future__ import annotations

import argparse
import importlib
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compositions._settings import run_settings
from lib import cli
from lib.cli.films import add_codec, add_lufs, rate
from lib.cli.grids import read_size
from lib.io.endings import FILM_ENDINGS

if TYPE_CHECKING:
    from lib.composing.composition import Composition

FITS = ("fill", "contain", "warp")
CROPS = ("auto", "none")
QUALITIES = ("low", "medium", "high")
# More subframes than this make no visible difference.
MOST_BLUR = 64
# Largest number of halvings of a beat: a thousandth of it is beyond hearing.
MOST_HALVINGS = 10
# In cell widths: with more, no clips would be visible.
LARGEST_GAP = 0.99
# The sides of the grids that the defaults of -grid0 and -grid1 are made for, and of the smallest view derived from
# them.
DEFAULT_SIDE, LEAST_VIEW = 128, 4
# Flags of old command lines without effect.
WITHOUT_EFFECT = ("precision", "alphar", "cscale")

halvings = cli.between(0, MOST_HALVINGS)
gap = cli.real_between(0, LARGEST_GAP)
fraction = cli.real_between(0, 1)


def composition_parser(file: str, text: str | None, example: str, ending: str = ".mp4") -> cli.Parser:
    """Return the parser of the composition in `file`; text: its docstring, whose first line begins the help.

    example: its own flags in a short version; ending: of its output.
    """
    name = Path(file).stem
    parser = cli.Parser((text or "").partition("\n")[0], example_of(name, example, ending))
    parser.stem = name
    return parser


def example_of(name: str, own: str, ending: str) -> str:
    """Return the command that makes the short version `own` of a composition from the table of docs/compositions.md."""
    media = '-in "tmp/clips.csv" -dir "media/sample/" -grid 16x16'
    size = '-width 640 -height 360 -outframe ""'
    return f'python compositions/{name}.py {media} {own} {size} -out "output/{name}{ending}" -threads 2'


def composition_names() -> list[str]:
    """Return the names of all compositions: those of the files in the folder compositions."""
    return sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))


def ending_of(name: str) -> str:
    """Return the extension of what a composition writes, as its example says: .mp4 for a film, .png for a picture."""
    example = importlib.import_module(f"compositions.{name}").parser().example
    return example.partition(f'-out "output/{name}')[2].partition('"')[0]


def column_names(word: str) -> tuple[str, ...]:
    """Read the names of one column or more, joined by commas."""
    names = tuple(name.strip() for name in word.split(",") if name.strip())
    if not names:
        raise argparse.ArgumentTypeError("name one column or more, joined by commas, such as tsne,tsne2")
    return names


def frame_range(word: str) -> tuple[int, int]:
    """Read the numbers of the first and the last picture; 0 as the last one means that of the film."""
    try:
        first, last = (int(part) for part in word.split(","))
    except ValueError:
        first = last = -1
    if first < 1 or not (last == 0 or last >= first):
        raise argparse.ArgumentTypeError(f"{word}: give the first and the last picture, such as 1,240")
    return first, last


def frame_pattern(word: str) -> str:
    """Read the name of pictures, with one %s for their numbers ("": none)."""
    if word:
        if word.count("%s") != 1:
            raise argparse.ArgumentTypeError(f'{word}: give a name with one %s in it, such as "tmp/frame.%s.png"')
        if not word.lower().endswith(".png"):
            raise argparse.ArgumentTypeError(f"{word}: give a name that ends in .png")
        if "%s" in os.path.dirname(word):
            raise argparse.ArgumentTypeError(f"{word}: %s belongs in the name of the file, not of the folder")
    return cli.place(word)


def add_grids(parser: cli.Parser, whole: str, first: str, last: str) -> None:
    """Add `-grid`, `-grid0`, `-grid1` with these defaults."""
    fits = "if omitted: the default, or a smaller view that fits the grid"
    parser.flag("grid", whole, "size of the grid, columns x rows; if omitted: that of the table", kind=read_size)
    parser.flag("grid0", first, f"part of the grid visible at the start; {fits}", kind=read_size)
    parser.flag("grid1", last, f"part of the grid visible at the end; {fits}", kind=read_size)


def add_common(
    parser: cli.Parser,
    out: str = "film to write (.mp4, .m4v, .mov, .mkv); its sound goes beside it as .mp3",
    endings: tuple[str, ...] = FILM_ENDINGS,
    what: str = "films",
) -> None:
    """Add the common flags of all compositions. out: the help of -out; endings: its own; what: its plural."""
    cli.add_samples(parser, "table of samples with filename, start, dur and gridX, gridY")
    parser.flag("out", "output/sample.mp4", out, kind=cli.output(endings, what))
    pattern = 'file name of the frames, with %s for the number; "": no frames, encode directly'
    parser.flag("outframe", f"tmp/{parser.stem or 'sample'}/frame.%s.png", pattern, kind=frame_pattern)
    parser.flag("width", 1920, "width of the picture in pixels", kind=cli.positive)
    parser.flag("height", 1080, "height of the picture in pixels", kind=cli.positive)
    parser.flag("fps", "24", "pictures per second, such as 25 or 30000/1001", kind=rate)
    parser.flag("ss", -1.0, "beginning of an excerpt, in seconds (negative: the start of the film)", kind=cli.real)
    parser.flag("sd", -1.0, "length of the excerpt, in seconds (0 or less: to the end)", kind=cli.real)
    parser.flag("frame", -1, "the only picture to make (1, 2, ...; 0: the last; negative: all)", kind=cli.integer)
    parser.flag("frange", "1,0", "range of pictures to make: first,last (0: the last one)", kind=frame_range)
    _add_film_and_sound(parser)
    parser.flag("margin", 0.06666666667, "gap between cells, as a fraction of a cell's width", kind=gap)
    parser.flag("brightr", "0.33,1.0", "brightness of a clip at rest, and as it plays, 0 to 1", kind=cli.pair(0.0, 1.0))
    parser.flag("rmode", "fill", "how films fill their cells: fill, contain or warp", choices=FITS)
    parser.flag("crop", "auto", "black bars: auto (constant bars are cropped) or none (kept)", choices=CROPS)
    parser.flag("mcd", 1200, "minimum time that a playing clip is highlighted, in ms", kind=cli.not_negative)
    parser.flag("noise", 0.0, "jitter of positions in pixels", kind=cli.at_least_0)
    parser.flag("fa", 1.0, "trails: blend in the previous frame at 1 - FA (1: none)", kind=fraction)
    parser.flag("blur", 1, "motion blur: subframes averaged per picture (1: none)", kind=cli.between(1, MOST_BLUR))
    offset = (
        "initial playback offset of every clip: in ms, or the length of the films that precede it (a quoted pattern)"
    )
    parser.flag("io", "0", offset)
    parser.flag("pad0", 1000, "time before the first clip plays, in ms", kind=cli.not_negative)
    parser.flag("pad1", 3000, "time after the last clip, in ms", kind=cli.not_negative)
    parser.flag("rand", 1, "seed of all random numbers", kind=cli.not_negative)
    parser.switch("ao", "make the sound only")
    parser.switch("vo", "make the pictures only: a film without sound")
    parser.switch("probe", "only print the length")
    parser.switch("debug", "draw coloured boxes in place of the films")
    parser.switch("cache", "keep the clips' pictures in the cache folder, for the next run")
    parser.flag("cd", "tmp/cache/", "cache folder", kind=cli.folder)
    parser.flag("ckey", "sample", "name of the cache", kind=cli.plain_name)
    parser.switch("recalc", "recompute the largest size of every clip")
    parser.switch("verifyc", "check the cache for damage")
    cli.add_overwrite(parser, "replace existing sound, pictures and caches")
    parser.flag("precision", 3, "accepted for old command lines; no effect", kind=cli.integer)
    parser.flag("alphar", "0.33,1.0", "accepted for old command lines; no effect")
    cli.add_threads(parser, 1)
    cli.add_cluster(parser)


def _add_film_and_sound(parser: cli.Parser) -> None:
    """Add the flags for the encoding and the sound of a film."""
    parser.flag("quality", "high", "quality of the film: low, medium or high", choices=QUALITIES)
    add_codec(parser)
    parser.switch(
        "preview", "a quick look: a quarter of the size, 12 pictures per second, without frames on disk, on all cores"
    )
    parser.switch("chapters", "mark the parts of the composition as chapters of the film")
    parser.flag("db", 0.0, "gain of the whole sound in dB", kind=cli.real)
    add_lufs(parser)
    level = "in dBFS (RMS; -9999: unchanged)"
    parser.flag("mdb", -16, f"level of all samples in compositions that level them, {level}", kind=cli.integer)
    most = "maximum sample level in compositions that do not level their samples"
    parser.flag("maxdb", -16, f"{most}, {level}", kind=cli.integer)
    parser.flag("rvb", 80, "reverberation, from 0 (none) to 100", kind=cli.between(0, 100))
    parser.flag("maxa", -1, "maximum number of audible clips (-1: the composition's own)", kind=cli.integer)
    parser.flag("keep", -1, "number of innermost clips always audible (-1: the composition's own)", kind=cli.integer)
    parser.switch("inva", "choose audible clips from the edge rather than from the middle")


def own_flags(args: argparse.Namespace) -> dict[str, Any]:
    """Return the values of a composition's own flags, by name."""
    shared = cli.Parser("")
    add_grids(shared, "1x1", "1x1", "1x1")
    add_common(shared)
    known = {*vars(shared.parse_args([])), *WITHOUT_EFFECT, "keeps"}
    return {name: value for name, value in vars(args).items() if name not in known}


def fit_grids(args: argparse.Namespace, given: Collection[str]) -> list[str]:
    """Fit those of `-grid0` and `-grid1` that were not given to `-grid`, if their defaults are larger.

    They keep their share of the default grid, at least LEAST_VIEW cells across and down. Returns lines about it.
    """
    notes = []
    columns, rows = args.grid
    for name in ("grid0", "grid1"):
        wanted = getattr(args, name)
        if name in given or (wanted[0] <= columns and wanted[1] <= rows):
            continue
        view = tuple(_fitting(side * whole // DEFAULT_SIDE, whole) for side, whole in zip(wanted, args.grid))
        setattr(args, name, view)
        default, size = "x".join(map(str, wanted)), "x".join(map(str, view))
        notes.append(f"-{name} {size}, since {default} does not fit a grid of {columns}x{rows}")
    return notes


def _fitting(side: int, whole: int) -> int:
    """Return the side of a view in the middle of `whole` cells: even or odd like these, and not too small."""
    least = min(LEAST_VIEW, whole)
    side = min(max(side, least), whole)
    return side + (whole - side) % 2


def make(kind: type[Composition], args: argparse.Namespace, flags: Mapping[str, object], still: bool = False) -> int:
    """Make the film (still: the picture) of a composition with its own flags, and return the exit status."""
    from lib.composing.clip_table import grid_of
    from lib.composing.pipeline import make_film, make_picture

    if "grid" not in args.given:
        args.grid = grid_of(args.input) or args.grid
    for note in fit_grids(args, args.given):
        cli.say(note)
    found = (make_picture if still else make_film)(kind, flags, run_settings(args, still), cli.say)
    return cli.report_bad(cli.program_name(), found.bad, False, found.partly)


def start(file: str) -> int:
    """Run the composition in `file` under the name of its module, in which its workers look for it."""
    return importlib.import_module(f"compositions.{Path(file).stem}").main()
