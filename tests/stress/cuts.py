"""Cuts in films of every kind, drawn from many seeds: which are missed, and which are none.

python -m tests.stress.cuts -seed 3 -count 20
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.support.cut_lab import KINDS, edited, faults, found_in

SCENES = 5
# One of a film's cuts may be missed, or one invented, where pictures are hardest to tell apart.
MAY_BE_MISSED = {"pans", "interlaced pans", "blended pans", "dissolves"}
MAY_BE_INVENTED = {"pans", "old"}


def wrong_with(kind: str, seed: int, folder: Path) -> str:
    """Return what is wrong with the cuts that are found in a film of this kind and seed ("": nothing)."""
    edit = edited(kind, seed, SCENES)
    missed, invented = faults(edit, found_in(edit, folder / "film.mp4"))
    if len(missed) <= (kind in MAY_BE_MISSED) and len(invented) <= (kind in MAY_BE_INVENTED):
        return ""
    return f"{kind}, seed {seed}: missed {missed}, invented {invented}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-seed", type=int, default=3)
    parser.add_argument("-count", type=int, default=20)
    args = parser.parse_args()
    seeds = range(args.seed, args.seed + args.count)
    with tempfile.TemporaryDirectory() as folder:
        wrong = [said for seed in seeds for kind in KINDS if (said := wrong_with(kind, seed, Path(folder)))]
    films = args.count * len(KINDS)
    print("\n".join([*wrong, f"{films} films of {SCENES} scenes, {len(wrong)} of them with a fault"]))
    return len(wrong) > films / 100


if __name__ == "__main__":
    sys.exit(main())
