"""Kills: whom they cover and when they end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from .answer import Asker, Context
from .attribute import Test, compile_read
from .bucketing import customer_hash
from .condition import SegmentTests
from .semver import compile_semver_range, parse_semver
from .shape import is_record, is_text_list
from .snapshot_form import KillForm, UrgentKill, Version

HashOf: TypeAlias = Callable[[Context], "str | None"]
"""Hash of the person or customer a context is about, as snapshots hold it; None where there is none."""

Coverage: TypeAlias = "bool | Test"
"""True covers every context, False none (the scope names another service or version); else it depends on the context."""


@dataclass(frozen=True)
class Head:
    """What of a snapshot decides about the end of urgent kills."""

    version: Version
    replaces: tuple[str, ...]
    seen: Mapping[str, int]
    journals: Mapping[str, int]
    kills: Mapping[str, KillForm]


def compile_scope(scope: object, asker: Asker, segments: SegmentTests, hash_of: HashOf) -> Coverage:
    """Compiles whom a kill covers. Parts that this reader does not know or cannot read narrow nothing: a kill fails towards off."""
    if not is_record(scope):
        return True
    if not _covers_asker(scope, asker):
        return False
    tests: list[Test] = []
    customers = scope.get("customers")
    if is_text_list(customers):
        hashes = frozenset(customers)
        tests.append(lambda context: hash_of(context) in hashes)
    segment = scope.get("segment")
    member = segments(segment) if isinstance(segment, str) else ""
    if not isinstance(member, str):
        tests.append(member)
    if not tests:
        return True
    return tests[0] if len(tests) == 1 else lambda context: all(test(context) for test in tests)


def _covers_asker(scope: dict[str, object], asker: Asker) -> bool:
    """An SDK that did not state its service or version, or a version that is no SemVer, is covered by a scope that asks for it."""
    services = scope.get("services")
    if is_text_list(services) and asker.service is not None and asker.service not in services:
        return False
    versions = scope.get("versions")
    is_in = compile_semver_range(versions) if isinstance(versions, str) else None
    return is_in is None or asker.version is None or parse_semver(asker.version) is None or is_in(asker.version)


def compile_customer_hash(path: str, salt: str) -> HashOf:
    """Compiles the customer hash of a context: texts alone are customers."""
    read = compile_read(path)

    def key_of(context: Context) -> str | None:
        key = read(context)
        return key if isinstance(key, str) else None

    return remembering_last(salt, key_of)


def remembering_last(salt: str, key_of: HashOf) -> HashOf:
    """Hashes what ``key_of`` finds. Remembers the last key, because one request asks many flags about one customer.

    The pair is exchanged as one, so that threads never see the hash of another's key.
    """
    last: tuple[str | None, str | None] = (None, None)

    def hash_of(context: Context) -> str | None:
        nonlocal last
        key = key_of(context)
        if key is None:
            return None
        known, hashed = last
        if key != known:
            hashed = customer_hash(salt, key)
            last = (key, hashed)
        return hashed

    return hash_of


def is_urgent_in_force(kill: UrgentKill, head: Head) -> bool:
    """Whether an urgent kill still counts beside a snapshot.

    It ends when the snapshot lists its journal with a counter at least its own, or is of its epoch with a seq at least its
    own, or is of an epoch that replaces its epoch and lists the kill, or that has seen its epoch up to its seq: then the kill was
    known and has been lifted. A lower counter of its journal ends nothing.
    """
    listed = None if kill.journal is None else head.journals.get(kill.journal)
    if listed is not None and kill.counter is not None and listed >= kill.counter:
        return False
    if head.version.epoch == kill.epoch:
        return kill.seq is None or head.version.seq < kill.seq
    if kill.epoch not in head.replaces:
        return True
    seen = head.seen.get(kill.epoch)
    if seen is not None and kill.seq is not None and kill.seq <= seen:
        return False
    return kill.id not in head.kills
