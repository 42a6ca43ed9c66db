"""Small bodies of docs/protocol.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .evaluation import UrgentKill, Version, decode_urgent_kill
from .evaluation.decode import parse_json
from .evaluation.shape import SAFE_INTEGER_MAX, is_count, is_number, is_record

URGENT_MAX: Final = 10_000
"""Urgent kills read from one list: more than any journal holds at once."""

# Longest spread of confirms that is believed.
_CONFIRM_JITTER_MS_MAX = 60_000


@dataclass(frozen=True)
class Hello:
    """First event of a stream. Confirms are spread over ``confirm_jitter_ms``, so that many instances do not answer at once."""

    environment: str
    version: Version
    confirm_jitter_ms: float


def read_hello(data: str) -> Hello | None:
    """Reads the data of ``hello``; None where it is none."""
    head = read_head(data)
    record = parse_record(data)
    environment, jitter = record.get("environment"), record.get("confirmJitterMs")
    if head is None or not isinstance(environment, str):
        return None
    return Hello(environment, head, min(jitter, _CONFIRM_JITTER_MS_MAX) if is_number(jitter) and jitter >= 0 else 0)


def read_head(data: str) -> Version | None:
    """Reads the version in ``heartbeat``, ``reset`` and ``hello``; None where there is none."""
    record = parse_record(data)
    epoch, seq = record.get("epoch"), record.get("seq")
    return Version(epoch, int(seq)) if isinstance(epoch, str) and is_count(seq, SAFE_INTEGER_MAX) else None


def read_urgent_list(text: str) -> list[UrgentKill] | None:
    """Reads ``{"urgent":[…]}``; None where anything in it is not a kill, because half a list would switch things on."""
    return read_urgent_items(parse_record(text).get("urgent"))


def read_urgent_items(items: object) -> list[UrgentKill] | None:
    """Reads a list of urgent kills that was JSON."""
    if not isinstance(items, list) or len(items) > URGENT_MAX:
        return None
    kills = [decode_urgent_kill(item) for item in items]
    read = [kill for kill in kills if isinstance(kill, UrgentKill)]
    return read if len(read) == len(kills) else None


def parse_record(text: str) -> dict[str, object]:
    """The object that a JSON text holds; an empty one where it holds anything else."""
    try:
        value = parse_json(text)
    except (ValueError, RecursionError):
        return {}
    return value if is_record(value) else {}
