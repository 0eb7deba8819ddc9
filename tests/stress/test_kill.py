"""Kill a stage where it is in the middle, run it again, compare; `tests/stress/kill.py` does so with all stages."""

import signal

import pytest

from tests.stress import kill as campaign
from tests.support.media_factory import clicks, encode


@pytest.fixture(scope="module")
def media(tmp_path_factory):
    folder = tmp_path_factory.mktemp("media")
    for n in range(3):
        encode(folder / f"film_{n}.mp4", clicks([0.2 + 0.05 * n, 0.7, 1.1], 1.5))
    return folder


@pytest.mark.slow
def test_a_stage_that_is_killed_continues_to_the_same_end(media, tmp_path):
    """When the first of three films is cut: by Ctrl-C, and at once."""
    words = ("-in", str(media / "*.mp4"), "-out", "s.csv")
    stage = campaign.Stage("cut", "audio_to_samples.py", words)
    plain, made = tmp_path / "plain", tmp_path / "made"
    campaign.prepare(stage, made, plain)
    expected, said, _ = campaign.whole(stage, plain)
    assert "samples of 3 files" in said
    assert set(expected) == {"s.csv"}

    def first_film(folder):
        while not any((folder / ".s.csv.parts").glob("*.csv")):
            assert folder.exists()

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
