"""The line that samples_to_vsamples.py says of its work."""

import samples_to_vsamples
from lib.video.vsamples import VsamplesReport


def line(**how):
    report = VsamplesReport.__new__(VsamplesReport)
    for name, value in ({"found": 0, "blind": 0, "kept": 0, "beyond": []} | how).items():
        setattr(report, name, value)
    return samples_to_vsamples.summary(report, 10, "t.csv", ("a", "b"))


def test_what_was_found():
    assert line(found=10) == "10 segments of film -> t.csv: a, b"
    assert line(found=1, blind=2, kept=3) == (
        "1 segment of film, 2 samples without a picture, 3 samples already done, "
        "4 samples of files that could not be used -> t.csv: a, b"
    )
    assert line(kept=10) == "t.csv: all 10 rows already have a and b (-overwrite finds them again)"
    assert line(found=9, blind=1, beyond=[("f", 5.0)]).startswith(
        "9 segments of film, 1 sample without a picture, 1 that begin after the end of their file"
    )
