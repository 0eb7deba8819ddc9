"""Changes of the page's JavaScript, one at a time: conditions, signs, numbers, calls that are left out."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator

# What is not code (comments, texts, templates, regular expressions), and the words that can be changed.
TOKENS = re.compile(
    r"""(?P<skip>//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`
      |(?<=[(=:,!&|?\[])\s*/(?![/*])(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\n\[])+/[a-z]*)
    |(?P<call>(?<=\n)[ ]+(?:this\.)?[\w.]+\([^\n`{]*\);(?=\n))
    |(?P<word>\b(?:true|false)\b|\bMath\.(?:min|max|floor|ceil)\b)
    |(?P<number>(?<![\w.$#])(?:\d+\.\d+|\d+|\.\d+)(?![\w.]))
    |(?P<sign>===|!==|<=|>=|=>|\+\+|--|\*\*|&&|\|\||[-+*/]=|(?<=[ ])[-+*/<>%](?=[ ])|!(?=[\w(]))
    |(?P<other>[\w$]+|\s+|.)""",
    re.X | re.S,
)
SIGNS = {
    "===": "!==", "!==": "===", "<=": "<", ">=": ">", "<": "<=", ">": ">=", "&&": "||", "||": "&&", "+": "-",
    "-": "+", "*": "/", "/": "*", "%": "*", "+=": "-=", "-=": "+=", "*=": "/=", "!": "",
}  # fmt: skip
WORDS = {
    "true": "false", "false": "true", "Math.min": "Math.max", "Math.max": "Math.min", "Math.floor": "Math.ceil",
    "Math.ceil": "Math.floor",
}  # fmt: skip


def changes(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield what can be changed in a script: begin and end (places in the text), and what stands there then."""
    for found in TOKENS.finditer(text):
        old = found[0]
        if found["call"]:
            yield found.start(), found.end(), " " * (len(old) - len(old.lstrip())) + ";"
            # Its arguments, too.
            inner = found.start() + old.index("(") + 1
            for begin, end, new in changes(text[inner : found.end()]):
                yield inner + begin, inner + end, new
        elif found["word"]:
            yield found.start(), found.end(), WORDS[old]
        elif found["number"]:
            yield found.start(), found.end(), _other(old)
        elif found["sign"] and old in SIGNS:
            yield found.start(), found.end(), SIGNS[old]


def _other(number: str) -> str:
    """Return another number: one more of those that count, or half as much again of those that measure."""
    if number.isdigit() and int(number) < 10:
        return str(int(number) + 1)
    return repr(float(number) * 1.5)


def is_script(source: bytes) -> bool:
    """Say whether a changed script can be parsed, by Node.js."""
    node = shutil.which("node")
    if node is None:
        raise SystemExit("Node.js is not installed: it tells which changes of the page are JavaScript still")
    words = [node, "--check", "-"]
    return not subprocess.run(words, input=source, capture_output=True, timeout=60, check=False).returncode
