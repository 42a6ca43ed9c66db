"""Which flags this process asks for."""

from __future__ import annotations

import json

# Keys sent with one confirm (docs/protocol.md), and their JSON bytes, so that the body stays well below the server's 16 KiB.
_KEYS_PER_CONFIRM_MAX = 500
_KEY_BYTES_PER_CONFIRM_MAX = 10_000
# Different keys noted in one process. A host that makes keys up from data must not grow this for ever.
_KEYS_MAX = 10_000
# A longer text is no flag key: it is answered, but not reported.
_KEY_CHARS_MAX = 200


class AskedKeys:
    """Each key is reported once, known or unknown. Noted from any thread: sets and lists of Python do these steps whole."""

    def __init__(self) -> None:
        self._noted: set[str] = set()
        self._asked: list[str] = []
        self._unknown: list[str] = []

    def note(self, key: str, *, is_known: bool) -> bool:
        """Notes a key for the next confirm; False where it was noted before."""
        if key in self._noted or len(self._noted) >= _KEYS_MAX or len(key) > _KEY_CHARS_MAX:
            return False
        self._noted.add(key)
        (self._asked if is_known else self._unknown).append(key)
        return True

    @property
    def is_empty(self) -> bool:
        """True where nothing waits to be sent."""
        return not self._asked and not self._unknown

    def peek(self) -> tuple[list[str], list[str]]:
        """The next keys to send, asked and unknown, oldest first. They stay until `sent`."""
        unknown, room = _take(self._unknown, _KEY_BYTES_PER_CONFIRM_MAX)
        asked, _ = _take(self._asked, room)
        return asked, unknown

    def sent(self, taken: tuple[list[str], list[str]]) -> None:
        """Forgets what `peek` gave, once the server has it."""
        asked, unknown = taken
        del self._asked[: len(asked)]
        del self._unknown[: len(unknown)]


def _take(keys: list[str], room: int) -> tuple[list[str], int]:
    taken: list[str] = []
    for key in keys[:_KEYS_PER_CONFIRM_MAX]:
        room -= len(json.dumps(key)) + 1
        if room < 0:
            break
        taken.append(key)
    return taken, room
