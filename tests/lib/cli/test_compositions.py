"""The flags that compositions share: what they take."""

import pytest

from lib import cli
from lib.cli.compositions import add_common


def parse(*words):
    flags = cli.Parser("A piece.")
    add_common(flags)
    return flags.parse_args(words)


@pytest.mark.parametrize("word", ["0", "0.5", "0.99"])
def test_a_margin_leaves_something_of_a_cell(word):
    assert parse("-margin", word).margin == float(word)


@pytest.mark.parametrize("word", ["1", "0.999999", "-0.1", "nan", "wide"])
def test_a_margin_that_leaves_nothing_is_refused(word, capsys):
    with pytest.raises(SystemExit) as exit_:
        parse("-margin", word)
    assert exit_.value.code == 2
    assert "-margin" in capsys.readouterr().err.splitlines()[-1]
