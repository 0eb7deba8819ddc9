"""The place of a film that is made beside another result, and that nobody named."""

from __future__ import annotations

from collections.abc import Sequence

from lib.io.files import check_outputs
from lib.io.stamps import check_free
from lib.video.cue_sheet import check_cue_files


def check_place(film: str, owner: str, inputs: Sequence[str], overwrite: bool) -> None:
    """Raise MediaError if the film, or what lies beside it, would be in the place of someone's, or another owner's.

    To be called before the work. film: "" for none; overwrite: what this tool made is replaced, whatever for.
    """
    if not film:
        return
    check_outputs([film], inputs)
    check_free(film, owner, overwrite)
    check_cue_files(film, inputs, overwrite)
