"""Makes the sample media beside this script: recordings, films and their truth tables.

Run: python media/sample/make_sample_media.py
Needs numpy, scipy, Pillow and imageio-ffmpeg (in requirements.txt) and, from Debian, fluidsynth, fluid-soundfont-gm
and espeak-ng. The same programs give the same files, byte for byte.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(description="Makes the sample media beside this script.")
    made.add_argument("-only", default="", help="make only the files whose name contains this text")
    return made


def run(args: argparse.Namespace) -> None:
    """Makes the files. Raises SampleMediaError if a program is missing or fails."""
    from make import birds_and_wind, machine_room, marching_band, music_box, recordings, spoken_tale, string_quartet
    from make.film import make_film, write_film_tables
    from make.programs import check_programs

    check_programs()
    makers = {
        "sonata.mp3": recordings.make_sonata,
        "speech.mp3": recordings.make_speech,
        "drums.wav": recordings.make_drums,
        "tone_scale.wav": recordings.make_tone_scale,
    }
    for name, make in makers.items():
        if args.only in name:
            make(FOLDER)
            print(f"made {FOLDER / name}")
    modules = (birds_and_wind, machine_room, marching_band, music_box, spoken_tale, string_quartet)
    films = [module.film(FOLDER) for module in modules]
    for film in films:
        if args.only in film.filename:
            make_film(FOLDER, film)
            print(f"made {FOLDER / film.filename}")
    write_film_tables(FOLDER, films)


def main(argv: list[str] | None = None) -> int:
    """Makes the files; 0 when done, 1 with one line on stderr when not."""
    from make.errors import SampleMediaError

    try:
        run(parser().parse_args(argv))
    except SampleMediaError as error:
        print(f"make_sample_media.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
