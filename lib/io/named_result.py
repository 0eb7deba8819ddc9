"""A named result, and what it was made from: whether it exists, and may be made again."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from lib.errors import OccupiedError
from lib.io.pipes import is_stream
from lib.io.stamps import CHANGED, FOREIGN, is_fresh, is_stamped, put_stamp, stamped_from


class NamedResult:
    """The inputs of the result `path`: their states as text by their names, and settings."""

    def __init__(self, path: str, inputs: Mapping[str, str], settings: Mapping[str, object]) -> None:
        self._path = path
        self._from = {**{name: [state] for name, state in inputs.items()}, **settings}

    def is_there(self) -> bool:
        """Return whether the result exists, made from these inputs.

        Raises OccupiedError if something else is in its place: someone's file, or a result of other inputs; the message
        says which.
        """
        if not os.path.lexists(self._path) or is_stream(self._path):
            return False
        if is_fresh(self._path, self._text()):
            return True
        if not is_stamped(self._path):
            raise OccupiedError(CHANGED if stamped_from(self._path) else FOREIGN, self._path)
        before = json.loads(stamped_from(self._path))
        raise OccupiedError(
            f"was made with other inputs or settings ({'; '.join(self._differences(before))})", self._path
        )

    def note(self) -> None:
        """Note that the result now exists."""
        put_stamp(self._path, self._text())

    def _text(self) -> str:
        return json.dumps(self._from, sort_keys=True)

    def _differences(self, before: Mapping[str, object]) -> list[str]:
        said = []
        for name, value in self._from.items():
            if before.get(name) != value:
                other = isinstance(value, list)
                said.append(f"another {name}" if other else f"{name} {_shown(before.get(name))}, not {_shown(value)}")
        return said


def _shown(value: object) -> object:
    return "none" if value in ("", -1, None) else value
