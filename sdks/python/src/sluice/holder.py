"""What an SDK serves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from .evaluation import Asker, Compiled, Patch, Snapshot, UrgentKill, Version, compile_patch, compile_snapshot, compile_urgent
from .evaluation.compiled import head_of
from .evaluation.draft import CounterOf
from .evaluation.kill import is_urgent_in_force
from .evaluation.patch import apply_patch
from .evaluation.snapshot_form import KillForm
from .wire import URGENT_MAX

# Replaced epochs remembered: a snapshot lists at most 100, and a process rarely lives through more than one change.
_REPLACED_MAX = 200


@dataclass(frozen=True)
class Change:
    """What a swap changed."""

    version: Version
    flags: tuple[str, ...]
    """Flags whose answers may differ. Flags that have one of these as a prerequisite may follow it without being named."""
    is_kill: bool
    """True when a kill came into force."""


@dataclass(frozen=True)
class Offer:
    """What became of something received: ``swapped``, ``same``, ``refused``, or ``gap`` (it does not fit, so the snapshot is needed)."""

    kind: str
    why: str = ""
    change: Change | None = None


_SAME = Offer("same")


class SnapshotHolder:
    """One compiled snapshot and the urgent kills beside it, exchanged by one reference, for which ``swap`` is called.

    The order rules are those of docs/protocol.md: never back within an epoch, never to an epoch known to be replaced, a patch
    only from exactly the version held. All but ``compiled`` belongs to the SDK's thread.
    """

    def __init__(self, asker: Asker, counter_of: CounterOf, swap: Callable[[Compiled], None]) -> None:
        self._asker = asker
        self._counter_of = counter_of
        self._swap = swap
        self._replaced: dict[str, None] = {}
        # Kept also where there is no snapshot yet: they wait for one.
        self._urgent: dict[str, UrgentKill] = {}
        # By kill of what is held: the earliest place of its epoch at which it is known to be in force.
        self._since: dict[str, int] = {}
        self.compiled: Compiled | None = None

    @property
    def version(self) -> Version | None:
        """What is served; None where nothing is."""
        return None if self.compiled is None else self.compiled.version

    @property
    def urgent(self) -> tuple[UrgentKill, ...]:
        """Urgent kills in force, in the order they were first heard."""
        return tuple(self._urgent.values())

    def is_replaced(self, epoch: str) -> bool:
        """True for an epoch that something we held has replaced: nothing of it is accepted any more."""
        return epoch in self._replaced

    def restore(self, snapshot: Snapshot, urgent: Iterable[UrgentKill]) -> Offer:
        """Takes a stored state, but only where nothing newer has arrived; its urgent kills count in any case."""
        if self.compiled is None:
            return self.offer_snapshot(snapshot, urgent)
        offers = [self.offer_urgent(kill) for kill in urgent]
        return next((offer for offer in offers if offer.kind == "swapped"), Offer("refused", "the server's snapshot arrived first"))

    def offer_snapshot(self, snapshot: Snapshot, urgent: Iterable[UrgentKill]) -> Offer:
        """Takes a whole snapshot together with the urgent kills that came with it."""
        before = self.compiled
        refusal = None if before is None else self._why_refused(snapshot, before.snapshot)
        if refusal is not None:
            return Offer("refused", refusal)
        fresh = [kill for kill in urgent if kill.id not in self._urgent]
        if before is not None and snapshot.version == before.version and not fresh and before.snapshot.form == snapshot.form:
            return _SAME
        carried = [] if before is None else _carried_kills(before.snapshot, snapshot, self._since)
        self._remember(snapshot, None if before is None else before.snapshot)
        known = self._since if before is not None and before.version.epoch == snapshot.version.epoch else {}
        self._since = _known_since(known, snapshot.kills, snapshot.version.seq)
        self._keep(snapshot, [*self._urgent.values(), *carried, *fresh])
        if before is None:
            made = compile_snapshot(snapshot, self._asker, self.urgent, self._counter_of)
        else:
            made = before.next(snapshot, self.urgent)
        held = {} if before is None else before.snapshot.kills
        is_kill = any(kill.id in self._urgent for kill in fresh) or any(name not in held for name in snapshot.kills)
        flags = dict.fromkeys([*(() if before is None else before.snapshot.flags), *snapshot.flags])
        return self._swapped(made, flags, is_kill=is_kill)

    def offer_patch(self, patch: Patch) -> Offer:
        """Takes a patch that fits exactly. Of one that does not fit, the kills are applied at once and the snapshot is asked for."""
        before = self.compiled
        if before is None:
            return Offer("gap", "there is no snapshot to patch")
        if self.is_replaced(patch.epoch):
            return Offer("refused", f"epoch {patch.epoch} was replaced")
        if patch.epoch == before.version.epoch and patch.to <= before.version.seq:
            return _SAME
        held = self._urgent
        if patch.epoch == before.version.epoch and patch.base == before.version.seq:
            self._keep(apply_patch(before.snapshot, patch), held.values())
        made = compile_patch(before, patch, self._urgent.values())
        if isinstance(made, str):
            return self._ahead_of_gap(patch, made)
        self._since = _known_since(self._since, made.snapshot.kills, patch.to)
        ended = [kill for name, kill in held.items() if name not in self._urgent]
        return self._swapped(made, _flags_of_patch(patch, before.snapshot, ended), is_kill=bool(patch.set.kills))

    def offer_urgent(self, kill: UrgentKill) -> Offer:
        """Takes an urgent kill at once, whatever else is missing."""
        if kill.id in self._urgent:
            return _SAME
        if len(self._urgent) >= URGENT_MAX:
            return Offer("refused", f"more than {URGENT_MAX} urgent kills")
        before = self.compiled
        if before is not None and not is_urgent_in_force(kill, head_of(before.snapshot)):
            return _SAME
        self._urgent = {**self._urgent, kill.id: kill}
        # Without a snapshot every answer is the code's default already; the kill waits for one.
        if before is None:
            return _SAME
        return self._swapped(compile_urgent(before, self.urgent), kill.kill.flags, is_kill=True)

    def after_fork(self, counter_of: CounterOf) -> None:
        """Compiles again what is held: in a forked child, where another thread may have held the lock of the old one."""
        self._counter_of = counter_of
        if self.compiled is not None:
            self.compiled = compile_snapshot(self.compiled.snapshot, self._asker, self.urgent, self._counter_of)
            self._swap(self.compiled)

    def again(self, before: Compiled) -> Compiled:
        """The same, compiled again: in a forked child, of what a request holds."""
        return compile_snapshot(before.snapshot, self._asker, before.urgent, self._counter_of)

    def _swapped(self, made: Compiled, flags: Iterable[str], *, is_kill: bool) -> Offer:
        self.compiled = made
        self._swap(made)
        return Offer("swapped", change=Change(made.version, tuple(flags), is_kill))

    def _ahead_of_gap(self, patch: Patch, why: str) -> Offer:
        """Within our own epoch a patch over a gap still tells which kills are in force at ``to``: they must not wait for the snapshot."""
        before = self.compiled
        if before is None or patch.epoch != before.version.epoch:
            return Offer("gap", why)
        change: Change | None = None
        for name, kill in patch.set.kills.items():
            offer = self.offer_urgent(UrgentKill(name, patch.epoch, kill, seq=patch.to))
            if offer.change is not None:
                flags = (*(() if change is None else change.flags), *offer.change.flags)
                change = Change(offer.change.version, flags, is_kill=True)
        return Offer("gap", why, change)

    def _why_refused(self, snapshot: Snapshot, held: Snapshot) -> str | None:
        epoch, seq = snapshot.version
        if epoch == held.version.epoch:
            return f"it is at {seq}, older than {held.version.seq}" if seq < held.version.seq else None
        if held.version.epoch in snapshot.replaces:
            return None
        return f"its epoch {epoch} was replaced" if self.is_replaced(epoch) else None

    def _remember(self, snapshot: Snapshot, held: Snapshot | None) -> None:
        epochs = list(snapshot.replaces)
        if held is not None and held.version.epoch in snapshot.replaces:
            epochs += held.replaces
        self._replaced.update(dict.fromkeys(epochs))
        self._replaced.pop(snapshot.version.epoch, None)
        while len(self._replaced) > _REPLACED_MAX:
            del self._replaced[next(iter(self._replaced))]

    def _keep(self, snapshot: Snapshot, kills: Iterable[UrgentKill]) -> None:
        head = head_of(snapshot)
        self._urgent = {kill.id: kill for kill in kills if is_urgent_in_force(kill, head)}


def _known_since(before: Mapping[str, int], kills: Iterable[str], seq: int) -> dict[str, int]:
    """Since which place of its epoch each of these kills is known: where it was held before, or ``seq``."""
    return {name: before.get(name, seq) for name in kills}


def _carried_kills(held: Snapshot, snapshot: Snapshot, since: Mapping[str, int]) -> list[UrgentKill]:
    """Kills of a replaced epoch that its successor does not list: a restored backup or a lost tail forgot them.

    They stay in force beside the new snapshot until it lists them, because no restore lifts a kill (semantics 2); not where it has
    seen the place since which they are known, which ``is_urgent_in_force`` says.
    """
    epoch, seq = held.version
    if snapshot.version.epoch == epoch or epoch not in snapshot.replaces:
        return []
    return [UrgentKill(name, epoch, kill, seq=since.get(name, seq)) for name, kill in held.kills.items() if name not in snapshot.kills]


def _flags_of_patch(patch: Patch, before: Snapshot, ended: Iterable[UrgentKill]) -> dict[str, None]:
    given = patch.set
    reaches_all = given.customer is not None or given.salt is not None or bool(patch.segments_touched)
    flags = dict.fromkeys([*given.flags, *patch.drop_flags])
    kills: list[KillForm] = [*given.kills.values(), *(kill.kill for kill in ended)]
    kills += [before.kills[name] for name in (*patch.drop_kills, *given.kills) if name in before.kills]
    for kill in kills:
        flags.update(dict.fromkeys(kill.flags))
    if reaches_all:
        flags.update(dict.fromkeys(before.flags))
    return flags
