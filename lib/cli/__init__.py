"""The command line that every script shares: single-dash words, defaults in the help, errors in one line.

Only the standard library is imported here, so that `-h` answers at once and without any package installed.
"""

from __future__ import annotations

import argparse
import atexit
import io
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from functools import cache
from types import TracebackType
from typing import Any

from lib.errors import MediaError, one_line

EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 0, 1, 2, 130
# `-in` would be `args.in`, which Python cannot spell.
DESTINATIONS = {"in": "input"}


class Parser(argparse.ArgumentParser):
    """An argument parser for `-word value` flags (two dashes work too), whose values may begin with a dash."""

    def __init__(self, description: str) -> None:
        super().__init__(description=description, allow_abbrev=False)
        self._values: set[str] = set()

    def flag(
        self,
        name: str,
        default: str | int | float | None,
        text: str,
        *,
        kind: type | Callable[[str], object] = str,
        required: bool = False,
    ) -> None:
        """Add the flag `-name VALUE`; its default is shown in the help."""
        self._values |= {f"-{name}", f"--{name}"}
        shown = " (required)" if required else "" if default in (None, "") else " (default: %(default)s)"
        self.add_argument(
            f"-{name}",
            f"--{name}",
            dest=DESTINATIONS.get(name, name),
            metavar=name.upper(),
            default=default,
            type=kind,
            required=required,
            help=text.replace("%", "%%") + shown,
        )

    def switch(self, name: str, text: str) -> None:
        """Add the flag `-name`, which is off unless it is given."""
        self.add_argument(f"-{name}", f"--{name}", dest=name, action="store_true", help=text.replace("%", "%%"))

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse, with `-in -song.mp3` read as the value `-song.mp3` (argparse takes it for a flag).

        Flags are not guessed from their beginnings: argparse does that for single dashes whatever it is told.
        """
        words = list(sys.argv[1:] if args is None else args)
        joined: list[str] = []
        known = set(self._option_string_actions)
        position = 0
        while position < len(words):
            word = words[position]
            follows = position + 1 < len(words) and words[position + 1] not in known
            if word in self._values and follows:
                joined.append(f"{word}={words[position + 1]}")
                position += 2
            else:
                if word.startswith("-") and word.partition("=")[0] not in known:
                    self.error(f"unrecognized arguments: {' '.join(words[position:])}")
                joined.append(word)
                position += 1
        return super().parse_known_args(joined, namespace)


def whole_number(word: str) -> int:
    """Read a whole number."""
    try:
        return int(word)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{word!r} is no whole number") from None


def real(word: str) -> float:
    """Read a finite number."""
    try:
        value = float(word)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{word!r} is no number") from None
    if not abs(value) < float("inf"):
        raise argparse.ArgumentTypeError(f"{word}: give a finite number")
    return value


def positive(word: str) -> int:
    """Read a whole number that is 1 or more."""
    value = whole_number(word)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{word} is too few: give 1 or more")
    return value


def at_least_0(word: str) -> float:
    """Read a number that is 0 or more."""
    value = real(word)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{word}: give a number that is 0 or more")
    return value


def between(lowest: int, highest: int) -> Callable[[str], int]:
    """Return a reader of whole numbers within a range."""

    def read(word: str) -> int:
        value = whole_number(word)
        if not lowest <= value <= highest:
            raise argparse.ArgumentTypeError(f"{word}: give a number from {lowest} to {highest}")
        return value

    return read


def real_between(lowest: float, highest: float) -> Callable[[str], float]:
    """Return a reader of numbers within a range."""

    def read(word: str) -> float:
        value = real(word)
        if not lowest <= value <= highest:
            raise argparse.ArgumentTypeError(f"{word}: give a number from {lowest:g} to {highest:g}")
        return value

    return read


def count_or_all(word: str) -> int:
    """Read a number of workers: 1 or more, or -1 for one per core."""
    value = whole_number(word)
    if value == 0 or value < -1:
        raise argparse.ArgumentTypeError(f"{word} is no number of workers: give 1 or more, or -1 for all cores")
    return value


def limit(word: str) -> int:
    """Read a limit: 1 or more, or -1 for none."""
    value = whole_number(word)
    if value == 0 or value < -1:
        raise argparse.ArgumentTypeError(f"{word} is no limit: give 1 or more, or -1 for no limit")
    return value


def not_negative(word: str) -> int:
    """Read a whole number that is 0 or more."""
    value = whole_number(word)
    if value < 0:
        raise argparse.ArgumentTypeError(f"{word} is negative: give 0 or more")
    return value


def add_threads(parser: Parser, default: int) -> None:
    """Add `-threads N`."""
    parser.flag("threads", default, "parallel workers, -1 for all cores; the result is the same", kind=count_or_all)


def add_strict(parser: Parser) -> None:
    """Add `-strict`."""
    parser.switch("strict", "end with exit status 1 if any media file was bad (the others are done all the same)")


def add_overwrite(parser: Parser, what: str) -> None:
    """Add `-overwrite`; `what` says what is made anew."""
    parser.switch("overwrite", what)


def add_cluster(parser: Parser) -> None:
    """Add `-cluster ADDRESS`."""
    text = "run on the workers of a Dask cluster with shared storage: its address, such as tcp://scheduler:8786"
    parser.flag("cluster", "", text)


def report_bad(program: str, bad: Sequence[tuple[str, str]], strict: bool) -> int:
    """List the bad files with their reasons on stderr and return the exit status.

    `bad` holds (file name, reason) pairs. The status is 1 only with `strict` and at least one bad file.
    """
    lines = [one_line(MediaError(f"{reason}", name)) for name, reason in bad]
    if len(lines) == 1:
        print(f"{program}: could not be used: {lines[0]}", file=sys.stderr)
    elif lines:
        print(f"{program}: {len(lines)} files could not be used:", file=sys.stderr)
        print(*(f"  {line}" for line in lines), sep="\n", file=sys.stderr)
    return EXIT_FAILED if bad and strict else EXIT_DONE


def program_name() -> str:
    """Return the running script's name, as messages begin with it."""
    return os.path.basename(sys.argv[0]) or "media-tools"


def _accept_all_names() -> None:
    """Let stdout take names that its encoding lacks (with escapes): a file's name must not end a stage."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _flush() -> None:
    if sys.stdout is not None:  # None: whoever started us closed it
        sys.stdout.flush()


def _drop_unwritten() -> None:
    """Leave what stdout did not take unwritten, so that Python does not try again at its end and complain."""
    try:
        _flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _terminated(signum: int, frame: object) -> None:
    raise SystemExit(128 + signum)


def _say_interrupted() -> None:
    said = "interrupted; nothing is lost: the same command goes on from here"
    print(f"{program_name()}: {said}", file=sys.stderr, flush=True)


def _end_in_one_line(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Say so of a Ctrl-C, too, that comes while a script is still being loaded."""
    if not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    _say_interrupted()
    os._exit(EXIT_INTERRUPTED)


sys.excepthook = _end_in_one_line


def _nothing(signum: int, frame: object) -> None:
    """Take a signal and do nothing about it."""


def _ignore_sigint() -> None:
    """Let no further Ctrl-C break into what is said: for one of them, polars and Python raise one interrupt each."""
    for _ in range(2):
        try:
            signal.signal(signal.SIGINT, _nothing)
            return
        except KeyboardInterrupt:  # the other one
            continue


@cache
def _end_undisturbed() -> None:
    """Let signals wait for nothing once all is done and said: Python's own end would turn them into a failure."""
    for number in (signal.SIGINT, signal.SIGTERM):
        atexit.register(signal.signal, number, signal.SIG_IGN)


def run_main(parser: Parser, run: Callable[[argparse.Namespace], int | None], argv: Sequence[str] | None = None) -> int:
    """Parse `argv`, do the stage, and return the exit status.

    Expected errors become one line on stderr and status 1; Ctrl-C a line that says how to go on and status 130.
    SIGTERM ends the stage the tidy way too (temporary files are removed), with status 143.
    """
    args = parser.parse_args(argv)
    program = program_name()
    handlers: dict[int, Any] = {}
    try:
        handlers[signal.SIGTERM] = signal.signal(signal.SIGTERM, _terminated)
        _end_undisturbed()
    except ValueError:  # not in the main thread: whoever runs us handles signals
        pass
    _accept_all_names()
    try:
        status = run(args) or EXIT_DONE
        _flush()  # here, where a full disk can still be told
        return status
    except KeyboardInterrupt:
        _ignore_sigint()
        handlers[signal.SIGINT] = signal.default_int_handler
        _say_interrupted()
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # `| head` has seen enough
        pass
    except (MediaError, OSError) as error:
        print(f"{program}: {one_line(error)}", file=sys.stderr)
    except MemoryError:
        print(f"{program}: not enough memory: close other programs, or try fewer files or -threads 1", file=sys.stderr)
    except Exception as error:
        if os.environ.get("MEDIA_TOOLS_DEBUG"):
            traceback.print_exc()
        reason = one_line(error)
        print(
            f"{program}: unexpected {type(error).__name__}: {reason} (a fault of this tool: set MEDIA_TOOLS_DEBUG=1 "
            "and run it again to see where, and please report it)",
            file=sys.stderr,
        )
    finally:
        _drop_unwritten()
        for number, handler in handlers.items():
            signal.signal(number, handler)
    return EXIT_FAILED
