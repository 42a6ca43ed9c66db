"""The signed texts that what is served is made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .evaluation import UrgentKill

# After so many steps since the last snapshot, or so many characters of theirs, a fresh snapshot is asked for: as many as the
# server's ring holds.
_STEPS_MAX = 1_000
_CHARS_MAX = 4 << 20
# Steps are kept until then while no fresh snapshot can be had.
_OVERRUN = 2


@dataclass(frozen=True)
class SignedStep:
    """Something that was accepted, as it came: what is kept on disk can be checked again only in this form."""

    kind: str
    text: str
    signature: str


@dataclass(frozen=True)
class TakenStep:
    """A step, and the ids of the kills that it names."""

    step: SignedStep
    kills: frozenset[str]

    @property
    def is_kill(self) -> bool:
        """True for urgent kills by themselves."""
        return self.step.kind in ("kill", "kills")


class SignedTrail:
    """A snapshot, the patches after it and urgent kills, in the order in which they were accepted.

    The state that is served can be built from them again. A patched snapshot has no signature of its own, so the parts are kept.
    """

    def __init__(self) -> None:
        self._taken: list[TakenStep] = []
        # How many of them are the newest snapshot and what was before it.
        self._head_count = 0
        self._chars = 0

    @property
    def steps(self) -> tuple[SignedStep, ...] | None:
        """What to keep; None where there is nothing, or more than is kept: what is on disk then stays."""
        return tuple(taken.step for taken in self._taken) if self._taken and not self._is_beyond(_OVERRUN) else None

    @property
    def is_long(self) -> bool:
        """True where a fresh snapshot would make it short again."""
        return self._is_beyond(1)

    def _is_beyond(self, times: int) -> bool:
        return len(self._taken) - self._head_count > _STEPS_MAX * times or self._chars > _CHARS_MAX * times

    def add(self, taken: TakenStep) -> None:
        """A patch or urgent kills were accepted."""
        if not self._is_beyond(_OVERRUN):
            self._taken.append(taken)
            self._chars += len(taken.step.text)

    def begin(self, snapshot: TakenStep, beside: list[TakenStep], urgent: Iterable[UrgentKill]) -> None:
        """A snapshot was accepted, with what came beside it; ``urgent`` are the kills in force beside it now.

        Of what was before, only the source of such kills is kept: their own steps, or else the last trail, for a kill that the
        snapshot of a new epoch does not know.
        """
        in_force = {kill.id for kill in urgent}
        own = [taken for taken in self._taken if taken.is_kill and taken.kills & in_force]
        explained = frozenset[str]().union(*(taken.kills for taken in (*own, *beside)))
        is_trail_needed = bool(in_force - explained) and not self._is_beyond(_OVERRUN)
        last = max(0, self._head_count - 1)
        before = [taken for at, taken in enumerate(self._taken) if taken in own or (is_trail_needed and at >= last)]
        self._taken = [*before, snapshot, *beside]
        self._head_count = len(before) + 1
        self._chars = 0
