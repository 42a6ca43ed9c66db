"""From bytes that anybody may have sent to values that can be trusted."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NoReturn, TypeVar

from .shape import SAFE_INTEGER_MAX, is_count, is_record, is_text_list
from .snapshot_form import SNAPSHOT_FORMAT, KillForm, Patch, PatchParts, Snapshot, UrgentKill, Version


@dataclass(frozen=True)
class DecodeProblem:
    """What is wrong with received data, and where: ``path`` is like ``kills.k1.flags``, empty for the whole."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path} {self.message}".strip()


# Limits of what is read, each well above what one environment needs and below what would hurt the process that reads.
TEXT_LENGTH_MAX: Final = 64 * 1024 * 1024
REPLACES_MAX: Final = 100
NAME_LENGTH_MAX: Final = 1024
# Flag files have 40 levels, conditions are broken beyond 64; Python's own recursion ends at about a thousand.
DEPTH_MAX: Final = 256
ENTRIES_MAX: Final = {"flags": 100_000, "segments": 20_000, "hashes": 20_000, "kills": 20_000, "journals": 10_000, "seen": REPLACES_MAX}
# Hashes of one segment in a patch: as many as a list of runtime members holds.
HASHES_MAX: Final = 100_000
# One page of problems tells what is wrong; a hostile text must not make a list as long as itself.
_PROBLEMS_MAX = 100
# Digits that a double holds without a gap, whatever they are.
_EXACT_DIGITS = 15

_T = TypeVar("_T")


class _Problems(list[DecodeProblem]):
    def note(self, path: str, message: str) -> None:
        if len(self) < _PROBLEMS_MAX:
            self.append(DecodeProblem(path[:NAME_LENGTH_MAX], message))


def decode_snapshot(source: object) -> Snapshot | list[DecodeProblem]:
    """Reads a snapshot from JSON text or from what `parse_json` gave. Unknown members are kept and left alone.

    The envelope and the kills must be right, or nothing is accepted: half a kill list would switch things on. Nor is what is
    nested deeper than 256. A flag or segment is not looked into here: one that is broken spoils itself alone when it is compiled.
    """
    return _decode(source, _read_snapshot)


def decode_patch(source: object) -> Patch | list[DecodeProblem]:
    """Reads a patch; as `decode_snapshot`."""
    return _decode(source, _read_patch)


def decode_urgent_kill(source: object) -> UrgentKill | list[DecodeProblem]:
    """Reads an urgent kill; as `decode_snapshot`."""
    return _decode(source, _read_urgent_kill)


def parse_json(text: str) -> object:
    """JSON exactly as its standard says, numbers as doubles: no NaN, and whole numbers that doubles cannot hold become the nearest one.

    Raises ValueError where the text is none, RecursionError where it is nested too deep for the interpreter.
    """
    return json.loads(text, parse_int=_parse_int, parse_constant=_refuse_constant)


def _parse_int(digits: str) -> int | float:
    return int(digits) if len(digits) <= _EXACT_DIGITS else float(digits)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _decode(source: object, read: Callable[[dict[str, object], _Problems], _T]) -> _T | list[DecodeProblem]:
    if isinstance(source, str):
        if len(source) > TEXT_LENGTH_MAX:
            return [DecodeProblem("", f"longer than {TEXT_LENGTH_MAX} characters")]
        try:
            source = parse_json(source)
        except RecursionError:
            return [DecodeProblem("", f"nested more than {DEPTH_MAX} deep")]
        except ValueError as cause:
            return [DecodeProblem("", f"not JSON: {cause}")]
    if not is_record(source):
        return [DecodeProblem("", "not an object")]
    if _is_deeper(source, DEPTH_MAX):
        return [DecodeProblem("", f"nested more than {DEPTH_MAX} deep")]
    problems = _Problems()
    value = read(source, problems)
    return list(problems) if problems else value


def _is_deeper(value: dict[str, object] | list[object], levels: int) -> bool:
    if levels == 0:
        return True
    members = value.values() if isinstance(value, dict) else value
    return any(_is_deeper(member, levels - 1) for member in members if isinstance(member, (dict, list)))


def _read_snapshot(form: dict[str, object], problems: _Problems) -> Snapshot:
    number = form.get("format")
    if not is_count(number, SAFE_INTEGER_MAX) or number < SNAPSHOT_FORMAT:
        problems.note("format", f"not a whole number from {SNAPSHOT_FORMAT} up")
    replaces = form.get("replaces", [])
    if not is_text_list(replaces) or len(replaces) > REPLACES_MAX:
        problems.note("replaces", f"not a list of at most {REPLACES_MAX} epochs")
        replaces = []
    if "flags" not in form:
        problems.note("flags", "missing")
    return Snapshot(
        environment=_name(form, "environment", problems),
        version=Version(_name(form, "epoch", problems), _seq(form, "seq", problems)),
        salt=_name(form, "salt", problems),
        customer=_name(form, "customer", problems) if "customer" in form else "customer",
        replaces=tuple(replaces),
        seen=_counts(form, "seen", "", problems),
        journals=_counts(form, "journals", "", problems),
        kills=_kills(form, "", problems),
        segments=_record(form, "segments", "", problems),
        flags=_record(form, "flags", "", problems),
        form=form,
    )


def _read_patch(form: dict[str, object], problems: _Problems) -> Patch:
    base, to = _seq(form, "base", problems), _seq(form, "to", problems)
    if to <= base:
        problems.note("to", f"not above base {base}")
    # An absent part changes nothing. null is not absent: whoever applies the patch would look into it.
    given, drop = form.get("set", {}), form.get("drop", {})
    if not is_record(given):
        problems.note("set", "not an object")
        given = {}
    if not is_record(drop):
        problems.note("drop", "not an object")
        drop = {}
    return Patch(
        epoch=_name(form, "epoch", problems),
        base=base,
        to=to,
        set=PatchParts(
            customer=_name(given, "customer", problems, "set.") if "customer" in given else None,
            salt=_name(given, "salt", problems, "set.") if "salt" in given else None,
            journals=_counts(given, "journals", "set.", problems),
            segments=_record(given, "segments", "set.", problems),
            kills=_kills(given, "set.", problems),
            flags=_record(given, "flags", "set.", problems),
            hashes=_hashes(given, "set.", problems),
        ),
        drop_flags=_dropped(drop, "flags", problems),
        drop_segments=_dropped(drop, "segments", problems),
        drop_kills=_dropped(drop, "kills", problems),
        drop_hashes=_hashes(drop, "drop.", problems),
    )


def _read_urgent_kill(form: dict[str, object], problems: _Problems) -> UrgentKill:
    return UrgentKill(
        id=_name(form, "id", problems),
        epoch=_name(form, "epoch", problems),
        kill=_kill(form, "", problems),
        journal=_name(form, "journal", problems) if "journal" in form else None,
        counter=_seq(form, "counter", problems) if "counter" in form else None,
        seq=_seq(form, "seq", problems) if "seq" in form else None,
    )


def _dropped(drop: dict[str, object], name: str, problems: _Problems) -> tuple[str, ...]:
    names = drop.get(name, [])
    if is_text_list(names) and len(names) <= ENTRIES_MAX[name]:
        return tuple(names)
    problems.note(f"drop.{name}", f"not a list of at most {ENTRIES_MAX[name]} names")
    return ()


def _hashes(parts: dict[str, object], at: str, problems: _Problems) -> dict[str, list[str]]:
    """Unlike segments, these are applied at once: half a list would leave everybody else with another one."""
    lists: dict[str, list[str]] = {}
    for name, hashes in _record(parts, "hashes", at, problems).items():
        if is_text_list(hashes) and len(hashes) <= HASHES_MAX:
            lists[name] = hashes
        else:
            problems.note(f"{at}hashes.{name}", f"not a list of at most {HASHES_MAX} hashes")
    return lists


def _counts(parts: dict[str, object], name: str, at: str, problems: _Problems) -> dict[str, int]:
    counts: dict[str, int] = {}
    for each, count in _record(parts, name, at, problems).items():
        if is_count(count, SAFE_INTEGER_MAX):
            counts[each] = int(count)
        else:
            problems.note(f"{at}{name}.{each}", "not a whole number")
    return counts


def _kills(parts: dict[str, object], at: str, problems: _Problems) -> dict[str, KillForm]:
    kills: dict[str, KillForm] = {}
    for name, form in _record(parts, "kills", at, problems).items():
        if is_record(form):
            kills[name] = _kill(form, f"{at}kills.{name}.", problems)
        else:
            problems.note(f"{at}kills.{name}", "not an object")
    return kills


def _kill(form: dict[str, object], at: str, problems: _Problems) -> KillForm:
    """Scopes are not looked into: a part of one that cannot be read narrows nothing, so the kill covers more and not less."""
    flags = form.get("flags")
    if not is_text_list(flags) or len(flags) > ENTRIES_MAX["flags"]:
        problems.note(f"{at}flags", f"not a list of at most {ENTRIES_MAX['flags']} flag keys")
        flags = []
    return KillForm(tuple(flags), form.get("scope"), form)


def _record(parts: dict[str, object], name: str, at: str, problems: _Problems) -> dict[str, object]:
    """A part that is an object of allowed size with names of allowed length; empty where it is absent or wrong."""
    if name not in parts:
        return {}
    record = parts[name]
    if not is_record(record):
        problems.note(f"{at}{name}", "not an object")
        return {}
    if len(record) > ENTRIES_MAX[name]:
        problems.note(f"{at}{name}", f"more than {ENTRIES_MAX[name]} entries")
        return {}
    if any(len(key) > NAME_LENGTH_MAX for key in record):
        problems.note(f"{at}{name}", f"a name is longer than {NAME_LENGTH_MAX} characters")
    return record


def _name(record: dict[str, object], name: str, problems: _Problems, at: str = "") -> str:
    value = record.get(name)
    if not isinstance(value, str):
        problems.note(f"{at}{name}", "not a string" if name in record else "missing")
        return ""
    if len(value) > NAME_LENGTH_MAX:
        problems.note(f"{at}{name}", f"longer than {NAME_LENGTH_MAX} characters")
    return value


def _seq(record: dict[str, object], name: str, problems: _Problems) -> int:
    value = record.get(name)
    if is_count(value, SAFE_INTEGER_MAX):
        return int(value)
    problems.note(name, "not a whole number from 0 up")
    return 0
