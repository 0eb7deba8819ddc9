"""How a script runs and ends: its exit status, its errors in one line, and its response to signals."""

from __future__ import annotations

import argparse
import atexit
import io
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import nullcontext, redirect_stdout
from functools import cache
from pathlib import Path
from typing import Any

from lib import is_script, missing_package
from lib.cli.environment import check_here, forget_backend
from lib.cli.meant import QUOTES
from lib.cli.next_steps import to_make, to_make_default, to_make_table
from lib.cli.parser import Parser, UsageError
from lib.cli.reports import EXIT_DONE, EXIT_FAILED, EXIT_INTERRUPTED, program_name
from lib.errors import (
    ColumnsError,
    FolderError,
    MediaError,
    MissingColumnError,
    MissingError,
    NoFolderError,
    NoTableError,
    OccupiedError,
    OutsideError,
    PlaceError,
    QueryError,
    one_line,
)
from lib.io.holds import release_holds
from lib.io.interrupts import came
from lib.io.kernel_cache import find_kernel_cache
from lib.io.names import says_slash
from lib.parallel.pools import limited_pools
from lib.parallel.scheduler import find_scheduler

# The threads of libraries for a stage without a flag for them.
ALL_CORES = -1
# Flags that name files and folders. Outputs come first: they are the ones with a bad place.
OUTPUTS = ("out", "outframe", "model", "cache", "cd")
INPUTS = ("in", "target", "meta", "credits", "tfile", "train", "model", "fingerprint", "io", "dir")
# The column without which no table is read, and which no stage adds to one.
FILENAME = "filename"
# Flags that name the columns written by a stage.
NAMES_OF_COLUMNS = ("prop", "prefix", "sname", "dname")


def naming(file: str, values: dict[str, object], flags: Sequence[str]) -> str:
    """Return which of these flags names `file`, or a file in it, or its folder; "" if none does.

    values: each flag's value, by its name. The closest one of several is returned, of equals the first.
    """
    path = Path(os.path.realpath(file)).parts
    best, distance = "", sys.maxsize
    for flag in flags:
        value = values.get(flag)
        if not isinstance(value, str) or not value:
            continue
        if value == file:
            return flag
        # In tmp/%s.csv only the folder is known.
        named = Path(os.path.realpath(os.path.dirname(value.partition("%s")[0]) if "%s" in value else value)).parts
        shared = min(len(path), len(named))
        apart = max(len(path), len(named)) - shared
        if path[:shared] == named[:shared] and apart < distance:
            best, distance = flag, apart
    return best


def is_beside(file: str, out: object) -> bool:
    """Return whether a file is in the folder of the output `out`, as by-products are."""
    return (
        isinstance(out, str)
        and bool(out)
        and os.path.dirname(os.path.realpath(file)) == os.path.dirname(os.path.realpath(out))
    )


def advice(error: BaseException, values: dict[str, object]) -> str:
    """Return the part of an error's message that the command line adds at its end: which flag to change."""
    if isinstance(error, MissingColumnError):
        command = to_make(error, values, program_name())
        if not command and error.column == FILENAME:
            return "; name the column of the media files so"
        does = "to make a table with it" if " -out " in command else "to add it"
        return f"; {does}: {command}" if command else ""
    if isinstance(error, NoTableError):
        return _another_table(error.file, values)
    if isinstance(error, MissingError):
        inputs = INPUTS[::-1] if isinstance(error, FolderError) else INPUTS  # (one name may be given to two flags)
        flag = naming(error.file, values, inputs) if error.file else "dir" if "dir" in values else ""
        command = to_make_default(error.file)
        made = f", or make it: {command}" if command else ""
        return f": check -{flag}{made}{_unusual(str(values.get(flag)))}" if flag else ""
    if isinstance(error, ColumnsError):
        flags = " and ".join(f"-{name}" for name in NAMES_OF_COLUMNS if name in values)
        return ": give -overwrite to make them again" + (f", or another {flags}" if flags else "")
    return another_place(error, values) if isinstance(error, PlaceError | OccupiedError) else ""


def _another_table(file: str, values: dict[str, object]) -> str:
    """Return which flag should name a table instead of this file or folder, or what makes one of them."""
    flag = naming(file, values, INPUTS)
    if flag != "in":
        return f": check -{flag}" if flag else ""
    command = to_make_table(file, program_name())
    return f"; to make one: {command}" if command else ""


def _unusual(value: str) -> str:
    """Return, in brackets, why the value of a flag names no file, or ""."""
    if "://" in value:
        return " (addresses are not read: download the file first)"
    if slash := says_slash(value):
        return slash
    if value and value[0] in QUOTES and value[-1] in QUOTES:
        return " (its name begins and ends with a quotation mark: give it without these)"
    return " (~ is your own folder only outside quotes: write its whole name)" if value.startswith("~") else ""


def another_place(error: PlaceError | OccupiedError, values: dict[str, object]) -> str:
    """Return which flag should name another place, or that -overwrite replaces the existing file."""
    flag = naming(error.file, values, (*OUTPUTS, "in"))
    if not flag and is_beside(error.file, values.get("out")):
        flag = "out"
    # A folder that no flag names is in the working directory.
    if not flag and isinstance(error, PlaceError) and not os.path.isabs(error.file or os.sep):
        return ": change to a folder that can be written to" if isinstance(error, NoFolderError) else ""
    # Without -out a table is written back, and nowhere else.
    if not flag or (flag == "in" and "out" not in values):
        return ""
    another = "give another -out" if flag == "in" else f"choose another -{flag}"
    overwrite = isinstance(error, OccupiedError) and "overwrite" in values
    what = "them" if flag == "outframe" else "it"
    return f": {another}{f', or give -overwrite to replace {what}' if overwrite else ''}"


def interrupted(parser: Parser, args: argparse.Namespace) -> str:
    """Return the line about an interruption; what is kept is in `parser.keeps` or `args.keeps`.

    The latter, if flags decide; a function returns it, if it depends on how far the run came.
    """
    keeps = getattr(args, "keeps", parser.keeps)
    keeps = keeps() if callable(keeps) else keeps  # known only now
    if not keeps:
        return "interrupted: the same command starts from the beginning"
    if getattr(args, "overwrite", False):
        return "interrupted: with -overwrite the same command starts from the beginning"
    return f"interrupted; {keeps}"


def _accept_all_names() -> None:
    """Let stdout escape characters that its encoding lacks: a file's name must not end a stage."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _is_stdout(path: object) -> bool:
    """Return whether this names the pipe, the file or the terminal that stdout is (/dev/stdout); not /dev/null."""
    try:
        this, null = os.stat(str(path)), os.stat(os.devnull)
        return os.path.samestat(this, os.fstat(sys.stdout.fileno())) and not os.path.samestat(this, null)
    except (AttributeError, OSError, ValueError):  # there is no such file, or no stdout
        return False


def _flush() -> None:
    if sys.stdout is not None:  # None: it was closed by the parent process
        sys.stdout.flush()


def _drop_unwritten() -> None:
    """Drop the output that stdout did not accept, so that Python does not try again at its end and complain."""
    try:
        _flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _terminated(signum: int, frame: object) -> None:
    came.append(signum)
    raise SystemExit(128 + signum)


def _interrupted(signum: int, frame: object) -> None:
    came.append(signum)
    raise KeyboardInterrupt


def _nothing(signum: int, frame: object) -> None:
    """Take a signal and do nothing about it."""


def _ignore_sigint() -> None:
    """Ignore further Ctrl-Cs while a message is printed: polars and Python raise one interrupt each."""
    for _ in range(2):
        try:
            signal.signal(signal.SIGINT, _nothing)
            return
        except KeyboardInterrupt:  # the second one
            continue


@cache
def _end_undisturbed() -> None:
    """Ignore signals once everything is done and printed: during Python's exit they would count as failures."""
    for number in (signal.SIGINT, signal.SIGTERM):
        atexit.register(signal.signal, number, signal.SIG_IGN)


def _take_signals() -> dict[int, Any]:
    """Let Ctrl-C and SIGTERM end the stage cleanly; return the handlers to be restored."""
    handlers: dict[int, Any] = {}
    came.clear()
    try:
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            handlers[signal.SIGINT] = signal.signal(signal.SIGINT, _interrupted)
        handlers[signal.SIGTERM] = signal.signal(signal.SIGTERM, _terminated)
        _end_undisturbed()
    except ValueError:  # not in the main thread: the caller handles signals
        pass
    return handlers


def _report_interruption(parser: Parser, args: argparse.Namespace, handlers: dict[int, Any]) -> int:
    """Print the line about Ctrl-C, and return the exit status; handlers: to be restored."""
    _ignore_sigint()
    handlers[signal.SIGINT] = signal.default_int_handler
    print(f"{program_name()}: {interrupted(parser, args)}", file=sys.stderr, flush=True)
    return EXIT_INTERRUPTED


def _report_bug(error: Exception) -> None:
    """Print the line about an unexpected error."""
    if os.environ.get("MEDIA_TOOLS_DEBUG"):
        traceback.print_exc()
    missing = isinstance(error, ModuleNotFoundError) and missing_package(error)
    bug = f"unexpected {type(error).__name__}: {one_line(error)} (this is a bug; please report it; with "
    print(f"{program_name()}: {missing or bug + 'MEDIA_TOOLS_DEBUG=1 it shows where)'}", file=sys.stderr)


def run_main(parser: Parser, run: Callable[[argparse.Namespace], int | None], argv: Sequence[str] | None = None) -> int:
    """Parse `argv`, do the stage, and return the exit status.

    Expected errors become one line on stderr and status 1; wrong usage status 2, whenever it is noticed (SystemExit, as
    in argparse); Ctrl-C a line about how to continue and status 130. SIGTERM also ends the stage cleanly (temporary
    files are removed), with status 143.
    """
    args = parser.parse_args(argv)
    program = program_name()
    handlers = _take_signals()
    _accept_all_names()
    forget_backend()
    find_kernel_cache()
    try:
        check_here()
        if cluster := getattr(args, "cluster", ""):  # before a stage loads its libraries
            find_scheduler(cluster)
        # What is said is not part of a table that is written to stdout.
        apart = redirect_stdout(sys.stderr) if _is_stdout(getattr(args, "out", "")) else nullcontext()
        with limited_pools(getattr(args, "threads", ALL_CORES)), apart:
            status = run(args) or EXIT_DONE
        _flush()  # here, where a full disk can still be reported
        if is_script():  # done and printed: a signal would count as a failure until Python has ended
            handlers = dict.fromkeys((signal.SIGINT, signal.SIGTERM), signal.SIG_IGN)
        return status
    except KeyboardInterrupt:
        return _report_interruption(parser, args, handlers)
    except (UsageError, QueryError, OutsideError) as error:
        parser.error(one_line(error))
    except BrokenPipeError:  # `| head` has seen enough
        pass
    except (MediaError, OSError) as error:
        values = {name: getattr(args, "input" if name == "in" else name, None) for name in parser.flags}
        values |= {} if "grid" in args.given else {"grid": None}  # its default may not fit the table
        print(f"{program}: {one_line(error)}{advice(error, values)}", file=sys.stderr)
    except MemoryError:
        print(f"{program}: not enough memory: close other programs, or try fewer files or -threads 1", file=sys.stderr)
    except Exception as error:
        if signal.SIGINT in came:
            return _report_interruption(parser, args, handlers)
        if came:
            return 128 + came[0]
        _report_bug(error)
    finally:
        release_holds()
        _drop_unwritten()
        for number, handler in handlers.items():
            signal.signal(number, handler)
    return EXIT_FAILED
