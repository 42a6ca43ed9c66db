"""The one way into the holder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .evaluation import Patch, Snapshot, UrgentKill, decode_patch, decode_snapshot, decode_urgent_kill
from .holder import Change, Offer, SnapshotHolder
from .last_known_good import SignedState, StoredState
from .signature_check import SignatureCheck
from .signed_trail import SignedStep, SignedTrail, TakenStep
from .wire import read_urgent_list


class StoredUnusable(Exception):
    """What is stored is not taken. The message ends a sentence: "Stored flags are not used: …"."""


@dataclass(frozen=True)
class _ReadStep:
    step: SignedStep
    value: Snapshot | Patch | tuple[UrgentKill, ...]


class Intake:
    """Takes what is received and what was stored.

    Where signatures are checked it keeps the trail of signed texts, so that what is stored can be checked again when it is read:
    whoever may write to the disk is not thereby one who may switch flags. It belongs to the SDK's thread.
    """

    def __init__(self, holder: SnapshotHolder, environment: str | None, check: SignatureCheck | None) -> None:
        self._holder = holder
        self._environment = environment
        self._check = check
        self._trail = None if check is None else SignedTrail()

    @property
    def is_trail_long(self) -> bool:
        """True where a fresh snapshot is wanted, so that the trail stays short."""
        return self._trail is not None and self._trail.is_long

    @property
    def stored(self) -> StoredState | SignedState | None:
        """What to keep on disk; None where there is nothing, or the trail is longer than is kept."""
        if self._trail is not None:
            return None if self._trail.steps is None else SignedState(self._trail.steps)
        compiled = self._holder.compiled
        return None if compiled is None else StoredState(compiled.snapshot, self._holder.urgent)

    def snapshot(self, snapshot: Snapshot, urgent: tuple[UrgentKill, ...], steps: tuple[SignedStep, ...]) -> Offer:
        """``steps``: the snapshot's, then that of the urgent kills where there are any; none where signatures are not checked."""
        offer = self._holder.offer_snapshot(snapshot, urgent)
        if self._trail is not None and steps and offer.kind in ("swapped", "same"):
            kills = frozenset(kill.id for kill in urgent)
            beside = [TakenStep(step, kills) for step in steps[1:]]
            self._trail.begin(TakenStep(steps[0], frozenset(snapshot.kills)), beside, self._holder.urgent)
        return offer

    def patch(self, patch: Patch, step: SignedStep | None) -> Offer:
        """``step``: the patch as it was signed, where signatures are checked."""
        offer = self._holder.offer_patch(patch)
        if self._trail is not None and step is not None and offer.change is not None:
            self._trail.add(TakenStep(step, frozenset(patch.set.kills)))
        return offer

    def urgent(self, kill: UrgentKill, step: SignedStep | None) -> Offer:
        """As `patch`."""
        return self._take_urgent((kill,), step)

    def _take_urgent(self, kills: tuple[UrgentKill, ...], step: SignedStep | None) -> Offer:
        known = {kill.id for kill in self._holder.urgent}
        offers = [self._holder.offer_urgent(kill) for kill in kills]
        is_new = any(kill.id not in known for kill in self._holder.urgent)
        if self._trail is not None and step is not None and is_new:
            self._trail.add(TakenStep(step, frozenset(kill.id for kill in kills)))
        return next((offer for offer in offers if offer.kind == "swapped"), next(iter(offers), Offer("same")))

    def restore(self, stored: StoredState | SignedState) -> Offer:
        """Takes what was stored. Raises `StoredUnusable`."""
        if isinstance(stored, StoredState):
            if self._check is not None:
                raise StoredUnusable("they are not signed, and this process takes only what one of its signature_keys has signed")
            self._check_environment(stored.snapshot)
            return self._holder.restore(stored.snapshot, stored.urgent)
        return self._replay([self._read(step) for step in stored.steps])

    def _read(self, step: SignedStep) -> _ReadStep:
        data = step.text.encode("utf-8", "surrogatepass")
        problem = None if self._check is None else self._check.problem_of(step.kind, data, step.signature)
        if problem is not None:
            raise StoredUnusable(f"of a {step.kind} among them, {problem.words}")
        value = _decoded(step)
        if value is None:
            raise StoredUnusable(f"a {step.kind} among them cannot be read")
        if isinstance(value, Snapshot):
            self._check_environment(value)
        return _ReadStep(step, value)

    def _check_environment(self, snapshot: Snapshot) -> None:
        if self._environment not in (None, snapshot.environment):
            raise StoredUnusable(f'they are of "{snapshot.environment}", and this process expects "{self._environment}"')

    def _replay(self, read: Iterable[_ReadStep]) -> Offer:
        """What the server has sent meanwhile is newer than any stored snapshot or patch; kills count in any case."""
        is_first = self._holder.version is None
        changes: list[Change] = []
        for one in read:
            offer = Offer("same")
            if isinstance(one.value, tuple):
                offer = self._take_urgent(one.value, one.step)
            elif is_first and isinstance(one.value, Snapshot):
                offer = self.snapshot(one.value, (), (one.step,))
            elif is_first and isinstance(one.value, Patch):
                offer = self.patch(one.value, one.step)
            if offer.change is not None:
                changes.append(offer.change)
        version = self._holder.version
        if version is None or not changes:
            return Offer("refused", "the server's snapshot arrived first")
        flags = dict.fromkeys(flag for change in changes for flag in change.flags)
        return Offer("swapped", change=Change(version, tuple(flags), any(change.is_kill for change in changes)))


def _decoded(step: SignedStep) -> Snapshot | Patch | tuple[UrgentKill, ...] | None:
    match step.kind:
        case "snapshot":
            snapshot = decode_snapshot(step.text)
            return snapshot if isinstance(snapshot, Snapshot) else None
        case "patch":
            patch = decode_patch(step.text)
            return patch if isinstance(patch, Patch) else None
        case "kill":
            kill = decode_urgent_kill(step.text)
            return (kill,) if isinstance(kill, UrgentKill) else None
        case _:
            kills = read_urgent_list(step.text)
            return None if kills is None else tuple(kills)
