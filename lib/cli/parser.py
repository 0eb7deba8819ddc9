"""The parser of every script's flags: single-dash words, and help that shows defaults and an example."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, NoReturn

from lib import EVERYTHING, __version__
from lib.cli.meant import OTHER_DASHES, flag_meant
from lib.errors import printable

EXIT_USAGE = 2
# What interrupted scripts keep, and what the same command does next.
WHOLE_FILES = "finished files are kept: the same command continues with the current file, from its start"
STEPS = "finished steps are kept: the same command continues with the current one"
FINGERPRINTS = "measured fingerprints are kept: the same command measures the others, and does the rest again"
# `-in` would be `args.in`, which Python cannot spell.
DESTINATIONS = {"in": "input"}

# What argparse says, and what is said instead.
IN_PLAIN_WORDS = {
    "expected one argument": "its value is missing",
    "ignored explicit argument": "takes no value, such as",
}


class UsageError(Exception):
    """A wrong value that shows only beside other flags, or in the middle of the work: status 2."""

    def __init__(self, flag: str, reason: str) -> None:
        super().__init__(f"argument -{flag}: {reason}")


@dataclass(frozen=True)
class Flag:
    """A flag as declared. kind: the reader of its value (None: a switch); choices: the possible words, if few."""

    name: str
    default: str | int | float | None
    kind: Callable[[str], object] | None = None
    choices: tuple[str, ...] = ()
    required: bool = False


class Parser(argparse.ArgumentParser):
    """An argument parser for `-word value` flags (two dashes work too), whose values may begin with a dash.

    description: the purpose of the script, in a line; example: a command, the help's last line; stem: the script's
    name, if the default of a flag contains it. keeps: what an interrupted script keeps of its work, and what the same
    command does next ("": nothing; it starts from the beginning).
    """

    stem = ""

    def __init__(self, description: str, example: str = "", keeps: str = EVERYTHING) -> None:
        super().__init__(
            description=description,
            epilog=f"example:\n  {example}" if example else None,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
            add_help=False,
        )
        self.example, self.keeps = example, keeps
        self.flags: dict[str, Flag] = {}
        self._values: set[str] = set()
        self.add_argument("-h", "-help", action="help", help="show this help and exit")
        self.add_argument(
            "-version", action="version", version=f"Media tools {__version__}", help="show the version and exit"
        )

    def flag(
        self,
        name: str,
        default: str | int | float | None,
        text: str,
        *,
        kind: Callable[[str], object] = str,
        choices: Sequence[str] = (),
        required: bool = False,
    ) -> None:
        """Add the flag `-name VALUE`, read by `kind`; its default and its limits are shown in the help."""
        from lib.cli.ranges import Range
        from lib.cli.readers import one_of

        if choices:
            kind = one_of(choices)
        self.flags[name] = Flag(name, default, kind, tuple(choices), required)
        self._values.add(f"-{name}")
        limits = kind.lacking_in(text) if isinstance(kind, Range) else ""
        usual = "required" if required else "" if default in (None, "") else "default: %(default)s"
        shown = "; ".join(part for part in (limits, usual) if part)
        self.add_argument(
            f"-{name}",
            dest=DESTINATIONS.get(name, name),
            metavar=name.upper(),
            default=default,
            type=kind,
            required=required,
            help=text.replace("%", "%%") + (f" ({shown})" if shown else ""),
        )

    def switch(self, name: str, text: str) -> None:
        """Add the flag `-name`, which is off unless it is given."""
        self.flags[name] = Flag(name, False)
        self.add_argument(f"-{name}", dest=name, action="store_true", help=text.replace("%", "%%"))

    def format_usage(self) -> str:
        """Return the line about how to call the script, with its required flags."""
        needed = [f"-{flag.name} {flag.name.upper()}" for flag in self.flags.values() if flag.required]
        return f"usage: {' '.join([self.prog, *needed])} [-FLAG VALUE ...]\n"

    def format_help(self) -> str:
        """Return the help: its purpose, each flag once, and an example."""
        self.usage = self.format_usage().removeprefix("usage: ").rstrip()
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        """Print on one line what is wrong with the command, and exit with status 2."""
        for theirs, ours in IN_PLAIN_WORDS.items():
            message = message.replace(theirs, ours)
        self.exit(EXIT_USAGE, f"{self.prog}: {printable(message)} (-h lists the flags)\n")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse, with `-in -song.mp3` read as the value `-song.mp3` (argparse takes it for a flag).

        Flags cannot be abbreviated: argparse would allow that for single dashes whatever its settings. `given` in the
        namespace: the names of the flags on the command line, unlike those with their defaults.
        """
        words = list(sys.argv[1:] if args is None else args)
        known = set(self._option_string_actions)
        joined: list[str] = []
        position = 0
        while position < len(words):
            word = self._with_one_dash(words[position])
            follows = position + 1 < len(words) and self._with_one_dash(words[position + 1]) not in known
            if word in self._values and follows:
                joined.append(f"{word}={words[position + 1]}")
                position += 2
            else:
                if word.partition("=")[0] not in known:
                    unknown = list(
                        takewhile(lambda n: self._with_one_dash(n).partition("=")[0] not in known, words[position:])
                    )
                    self.error(self._unknown(unknown, joined))
                joined.append(word)
                position += 1
        found = super().parse_known_args(joined, namespace)
        found[0].given = frozenset(shown.partition("=")[0][1:] for shown in joined)
        return found

    def _with_one_dash(self, word: str) -> str:
        """Return `--in=x` as `-in=x`, and other words unchanged."""
        name = word.partition("=")[0]
        return word[1:] if name.startswith("--") and name[1:] in self._option_string_actions else word

    def _unknown(self, unknown: Sequence[str], given: Sequence[str]) -> str:
        """Return a message about unknown words after those that were given, with what they probably mean."""
        word = unknown[0]
        meant = flag_meant(word, self.flags)
        if meant or word[:1] in ("-", *OTHER_DASHES):
            return f"unknown flag {word.partition('=')[0]}{meant}"
        plural = "s" if len(unknown) > 1 else ""
        return f"unexpected argument{plural} {' '.join(unknown)}{self._suggestion(unknown, given)}"

    def _suggestion(self, unknown: Sequence[str], given: Sequence[str]) -> str:
        """Return the probable meaning of words that are not flags, for the end of a message."""
        word = unknown[0]
        flag, _, value = given[-1].partition("=") if given else ("", "", "")
        if flag == "-in" and os.path.exists(word):
            return ': -in takes one name; is it a pattern without its quotes, as in -in "media/*.mp3"?'
        if flag in self._values:
            rest = " ".join(takewhile(lambda n: not n.startswith("-"), unknown))
            return f': a value with spaces needs quotes, as in {flag} "{value} {rest}"'
        any_input = any(shown.startswith("-in=") for shown in given)
        return f": did you mean -in {word}?" if "in" in self.flags and not any_input else ""
