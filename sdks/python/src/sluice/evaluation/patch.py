"""Patches over plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from .shape import is_record, is_text_list
from .snapshot_form import KillForm, Patch, Record, Snapshot, Version

_V = TypeVar("_V")


def check_base(version: Version, patch: Patch) -> str | None:
    """None where a patch goes from exactly this version; else why it does not fit."""
    if patch.epoch != version.epoch:
        return f"patch is of epoch {patch.epoch}, snapshot of {version.epoch}: fetch the snapshot"
    if patch.base != version.seq:
        return f"patch goes from {patch.base}, snapshot is at {version.seq}: fetch the snapshot"
    return None


def apply_patch(snapshot: Snapshot, patch: Patch) -> Snapshot:
    """A new snapshot; parts that the patch does not touch are shared. `check_base` comes first. Cost grows with the parts touched."""
    given = patch.set
    salt = snapshot.salt if given.salt is None else given.salt
    customer = snapshot.customer if given.customer is None else given.customer
    journals = patched(snapshot.journals, given.journals)
    kills = patched(snapshot.kills, given.kills, patch.drop_kills)
    segments = _with_hashes(patched(snapshot.segments, given.segments, patch.drop_segments), patch)
    flags = patched(snapshot.flags, given.flags, patch.drop_flags)
    form: dict[str, object] = {**snapshot.form, "seq": patch.to, "salt": salt, "flags": flags}
    for name, value in (("journals", journals), ("segments", segments), ("kills", _forms(kills))):
        if value or name in form:
            form[name] = value
    if given.customer is not None:
        form["customer"] = customer
    version = Version(snapshot.version.epoch, patch.to)
    return replace(
        snapshot, version=version, salt=salt, customer=customer, journals=journals, kills=kills, segments=segments, flags=flags, form=form
    )


def patched(record: Mapping[str, _V], given: Mapping[str, _V], dropped: Iterable[str] = ()) -> Mapping[str, _V]:
    """Names in ``dropped`` go, names in ``given`` are replaced whole. The same object where nothing is asked."""
    gone = set(dropped)
    if not gone and not given:
        return record
    return {**{name: value for name, value in record.items() if name not in gone}, **given} if gone else {**record, **given}


def _with_hashes(segments: Record, patch: Patch) -> Record:
    """Members that leave and join within segments. One that is not there, or whose hashes cannot be read, stays as it is."""
    changed: dict[str, object] = {}
    for name in {*patch.drop_hashes, *patch.set.hashes}:
        form = segments.get(name)
        before = form.get("hashes", []) if is_record(form) else None
        if is_record(form) and is_text_list(before):
            stay = set(before).difference(patch.drop_hashes.get(name, ()))
            changed[name] = {**form, "hashes": sorted(stay.union(patch.set.hashes.get(name, ())))}
    return patched(segments, changed)


def _forms(kills: Mapping[str, KillForm]) -> dict[str, object]:
    return {name: kill.form for name, kill in kills.items()}
