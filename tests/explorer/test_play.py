"""Names of sounds to take away, and links that are followed."""

import json

import pytest

from tests.explorer.conftest import HEARD_RATE, choose

pytestmark = pytest.mark.slow


def test_names_of_sounds_are_safe_and_say_what_they_are(scripts):
    columns = {
        "filename": ['../a: "b"/Fünf?*.mp4', "con.wav", "...", "\u202e日本 \n.wav"],
        "note": ["C#", "-", "", "A"],
        "octave": ["4", "-1", "", "2"],
        "class": ["kick/snare", "", "", ""],
    }
    about = {"rows": 4, "columns": list(columns), "cells": [{"all": cells} for cells in columns.values()]}
    about |= {
        "order": [0, 1, 2, 3],
        "track": [0] * 4,
        "at": [0] * 4,
        "length": [4800, 9600, 48, 0],
        "rate": HEARD_RATE,
        "group": 256,
    }
    code = (
        "const s = new Samples(JSON.parse(arguments[0])); return [0, 1, 2, 3].map((row) => soundName(s, row, row + 41))"
    )
    assert scripts.run(code, json.dumps(about)) == [
        "0042_Funf_C#4_100ms_kick-snare.wav", "0043_con_200ms.wav", "0044_1ms.wav", "0045_日本_A2_0ms.wav",
    ]  # fmt: skip


def test_a_link_is_followed_though_the_page_writes_its_own_at_that_moment(page_600):
    page = page_600
    choose(page, [7])
    table = page.window.run("return new Samples(explorer.about()).signature()")
    page.window.run(
        "const own = location.hash; location.hash = arguments[0]; history.replaceState(null, '', own)",
        f"table={table}&selected=8.9",
    )
    page.window.until("explorer.state.selected.length === 2")
