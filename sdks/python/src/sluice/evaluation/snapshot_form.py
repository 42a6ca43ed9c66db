"""The snapshot as it travels. conformance/schema/snapshot.json is its JSON Schema; flags and segments stay as they were decoded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

SNAPSHOT_FORMAT: Final = 1
"""The only format number written today. Readers accept any higher number."""

Record = Mapping[str, object]


class Version(NamedTuple):
    """Position in one environment's history. Within an epoch an SDK never goes back."""

    epoch: str
    seq: int

    def __str__(self) -> str:
        return f"{self.epoch}:{self.seq}"


@dataclass(frozen=True)
class KillForm:
    """Flags that a kill names, and whom it covers. A scope is looked into when it is compiled: what cannot be read narrows nothing."""

    flags: tuple[str, ...]
    scope: object
    form: Record


@dataclass(frozen=True)
class UrgentKill:
    """A kill that is in force beside the snapshot: sent before the store could take it, or ahead of a patch that is being compiled."""

    id: str
    epoch: str
    kill: KillForm
    journal: str | None = None
    counter: int | None = None
    seq: int | None = None

    def to_json(self) -> dict[str, object]:
        """As it travels."""
        stated = {"journal": self.journal, "counter": self.counter, "seq": self.seq}
        return {
            **self.kill.form,
            "id": self.id,
            "epoch": self.epoch,
            **{name: value for name, value in stated.items() if value is not None},
        }


@dataclass(frozen=True)
class Snapshot:
    """One environment at one version: everything an SDK needs and nothing it does not."""

    environment: str
    version: Version
    salt: str
    customer: str
    replaces: tuple[str, ...]
    seen: Mapping[str, int]
    """How far replaced epochs were seen when their end was found."""
    journals: Mapping[str, int]
    kills: Mapping[str, KillForm]
    segments: Record
    flags: Record
    form: Record
    """As decoded, members of later formats included; patches move it on."""

    def to_json(self) -> Record:
        """As it travels."""
        return self.form


@dataclass(frozen=True)
class PatchParts:
    """What a patch replaces whole, by name, and the hashes that join a segment, by its id."""

    customer: str | None
    salt: str | None
    journals: Mapping[str, int]
    segments: Record
    kills: Mapping[str, KillForm]
    flags: Record
    hashes: Mapping[str, list[str]]


@dataclass(frozen=True)
class Patch:
    """A change of one environment from exactly ``base`` to ``to``. Names in the ``drop`` parts go, names in ``set`` are replaced whole."""

    epoch: str
    base: int
    to: int
    set: PatchParts
    drop_flags: tuple[str, ...]
    drop_segments: tuple[str, ...]
    drop_kills: tuple[str, ...]
    drop_hashes: Mapping[str, list[str]]

    @property
    def segments_touched(self) -> frozenset[str]:
        """Ids of segments whose form or members it changes, whether they are there or not."""
        return frozenset([*self.set.segments, *self.drop_segments, *self.set.hashes, *self.drop_hashes])
