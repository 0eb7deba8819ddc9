"""One-shots with their classes: drum kits and samples that Debian packages, told apart by the names of their files.

apt-get download hydrogen-drumkits sonic-pi-samples lmms-common
for package in *.deb; do dpkg -x "$package" one_shots; done
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

# A pattern of file names (without their extension, in lower case) for each class; the first that fits.
CLASSES = {
    "": r"beats_|loop_|emptysample|tabla_(ke|te)|drumroll|drum_roll|bass_|bassl|bass!|rave_|_bell$|machine",
    "hihat pedal": r"pedal|hihatfoot|foot_pedal|hh_p$",
    "hihat open": r"hihat[-_]?(semi-?)?open|openhat|hhopen|hat_op|hat(semi)?open|^ho_|hat \d op|ohh",
    "hihat closed": r"hihat-?closed|closehihat|hhclosed|hat_cl|hatclosed|hihat_closed|^hh_\d|hat \d cl|chh|hihatclosed",
    "ride bell": r"ride_?-?cup|ridebell|paistebell|ride18bell",
    "ride": r"ride|^rc_|^rd\d?_",
    "splash": r"splash",
    "crash": r"crash|china|cra_rock|^cc_",
    "rim": r"side_?stick|rimclick|rimshot|snarerim|offrim|^rim|^rs_|stick|snare_rim|_rim\d|^sr_",
    "snare": r"snare|^sn\d?_|^sn_|^sd_|_sn_",
    "kick": r"kick|^bd|bassdrum|_bd_|_k_0|^drum_bass",
    "tom": r"tom|^tm\d?_|^t[12]_|^ft_",
    "clap": r"clap",
    "cowbell": r"cowbell|_cb$|^cb\d?_",
    "agogo": r"agogo",
    "bongo": r"bongo",
    "cajon": r"cajon",
    "djembe": r"djembe",
    "tabla ghe": r"tabla_ghe",
    "clave": r"clave",
    "wood block": r"woodblock",
    "water glass": r"waterglass",
    "maraca": r"maraca|shaker",
    "tambourine": r"tambourine",
    "finger snap": r"fingersnap|perc_snap|snap",
    "iron bell": r"bell (hit|mute)",
    "organ": r"organ",
    "strings": r"strings|orion_string",
}
ENDINGS = (".wav", ".flac", ".ogg", ".aiff")
# The smallest class, in one-shots.
FEWEST = 12


@dataclass(frozen=True)
class OneShot:
    """A file with the sound of one class, and the set (folder) that it is of."""

    path: Path
    kind: str
    kit: str


def one_shots(folder: str) -> list[OneShot]:
    """Return the one-shots beneath a folder in the order of their paths; classes of fewer than FEWEST are left out."""
    found = []
    for path in sorted(Path(folder).rglob("*")):
        if path.suffix.lower() not in ENDINGS or "loops" in str(path) or "beats" in path.parts:
            continue
        name = path.stem.lower()
        kind = next((kind for kind, pattern in CLASSES.items() if re.search(pattern, name)), "")
        if kind:
            found.append(OneShot(path, kind, path.parent.name))
    counts = {kind: sum(shot.kind == kind for shot in found) for kind in CLASSES}
    return [shot for shot in found if counts[shot.kind] >= FEWEST]
