"""The place of an unnamed film that is made beside another result."""

from __future__ import annotations

from collections.abc import Sequence

from lib.io.files import check_outputs
from lib.io.stamps import check_free
from lib.video.cue_sheet import check_cue_files


def check_place(film: str, owner: str, inputs: Sequence[str], overwrite: bool) -> None:
    """Raise MediaError if the film, or a file beside it, would replace a file of someone's, or of another owner.

    Call it before the work. film: "" for none; overwrite: results of this tool are replaced, whatever their owner.
    """
    if not film:
        return
    check_outputs([film], inputs)
    check_free(film, owner, overwrite)
    check_cue_files(film, inputs, overwrite)
