"""Small bodies of docs/protocol.md."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from .evaluation import UrgentKill, Version, decode_urgent_kill
from .evaluation.decode import parse_json
from .evaluation.sampling import SAMPLED_ATTRIBUTES_MAX
from .evaluation.shape import SAFE_INTEGER_MAX, is_count, is_number, is_record

URGENT_MAX: Final = 10_000
"""Urgent kills read from one list: more than any journal holds at once."""

# Longest spread of confirms that is believed.
_CONFIRM_JITTER_MS_MAX = 60_000
# Reports of samples come no closer than this, whatever a server says; and no rarer than once a day.
_SAMPLES_EVERY_MS = (60_000, 86_400_000)


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


@dataclass(frozen=True)
class SamplingTerms:
    """What may be sampled of contexts.

    ``attributes`` says ``plain`` or ``hashed`` by path; what is at ``customer`` is never sampled plain.
    """

    id: str
    attributes: Mapping[str, str]
    customer: str
    key: str
    every_ms: float

    def limited_to(self, allowed: Collection[str]) -> SamplingTerms:
        """The same, of these attributes alone."""
        named = {path: how for path, how in self.attributes.items() if path in allowed}
        return SamplingTerms(self.id, named, self.customer, self.key, self.every_ms)


def read_terms(record: dict[str, object]) -> SamplingTerms | None:
    """Reads the answer of ``/sdk/v1/sampling``; None where anything in it is not as it should be: then nothing is sampled."""
    terms_id, key, customer = record.get("id"), record.get("key"), record.get("customer")
    attributes, every_ms = record.get("attributes"), record.get("everyMs")
    if not isinstance(terms_id, str) or not isinstance(key, str) or not key or not isinstance(customer, str):
        return None
    if not is_record(attributes) or not is_number(every_ms) or every_ms < 0:
        return None
    named = {path: how for path, how in attributes.items() if isinstance(how, str) and how in ("plain", "hashed")}
    if len(named) > SAMPLED_ATTRIBUTES_MAX:
        return None
    least, most = _SAMPLES_EVERY_MS
    return SamplingTerms(terms_id, named, customer, key, min(most, max(least, every_ms)))


def read_sampling_id(data: str) -> str | None:
    """Reads the id of the sampling terms in ``hello`` and ``heartbeat``; None where nothing is sampled."""
    sampling = parse_record(data).get("sampling")
    return sampling if isinstance(sampling, str) and sampling else None


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
