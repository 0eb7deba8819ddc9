"""Kill a stage where it is in the middle, run it again, compare; `tests/stress/kill.py` does so with all stages."""

import os
import signal
import time

import pytest

from tests.stress import kill as campaign
from tests.support.media_factory import encode, tone

# Enough of them that the stage is not done when it is killed.
FILMS = 12


@pytest.fixture(scope="module")
def media(tmp_path_factory):
    folder = tmp_path_factory.mktemp("media")
    for n in range(3):
        film = encode(folder / f"film_{n}.mp4", tone(440, 0.5 * (n + 2)))
        for more in range(1, FILMS // 3):
            os.link(film, folder / f"film_{n}_{more}.mp4")
    return folder


@pytest.mark.slow
def test_a_stage_that_is_killed_continues_to_the_same_end(media, tmp_path):
    """When the first of the films is read: by Ctrl-C, and at once."""
    words = ("-in", str(media / "*.mp4"), "-out", "s.csv", "-threads", "1")
    stage = campaign.Stage("scenes", "films_to_scenes.py", words)
    plain, made = tmp_path / "plain", tmp_path / "made"
    campaign.prepare(stage, made, plain)
    expected, said, _ = campaign.whole(stage, plain)
    assert f"{FILMS} scenes of {FILMS} films" in said
    assert {name for name in expected if not name.endswith(campaign.KEPT_BETWEEN)} == {"s.csv"}

    def first_film(folder):
        while not any((folder / ".s.csv.parts").glob("*.csv")):
            assert folder.exists()
            time.sleep(0.001)

    statuses = []
    for number in (signal.SIGINT, signal.SIGKILL):
        status, wrong = campaign.disturb(stage, made, tmp_path / number.name, number, first_film, expected)
        assert wrong == []
        statuses.append(status)
    assert set(statuses) <= {130, -9, 0}
    assert statuses != [0, 0]  # quick as it is, one of them was not done yet


def test_what_goes_wrong_is_seen(tmp_path):
    """A stage that does nothing to end well: the campaign could fail."""
    (tmp_path / "bad.py").write_text(
        "import os, signal, sys, time\n"
        "open('.x.part', 'w').close()\n"
        "signal.signal(signal.SIGINT, signal.SIG_DFL)\n"
        "open('begun', 'w').close()\n"
        "time.sleep(0 if os.path.exists('again') else 60)\n"
    )
    stage = campaign.Stage("bad", str(tmp_path / "bad.py"), ())

    def begun(folder):
        while not (folder / "begun").exists():
            assert folder.exists()
        (folder / "again").touch()

    status, wrong = campaign.disturb(stage, tmp_path, tmp_path / "run", signal.SIGINT, begun, {"result": ""})
    assert status == -signal.SIGINT
    assert [line.partition(":")[0] for line in wrong] == [
        "status -2", "does not say in one line how to go on", "left behind", "differs", "left behind in the end",
    ]  # fmt: skip
