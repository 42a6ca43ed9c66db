"""Segments as membership tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .answer import Context
from .attribute import Read, Test, compile_read
from .bucketing import unit_text
from .condition import SegmentTests, compile_condition, segments_in
from .kill import remembering_last
from .reach import reach_of
from .shape import is_record, is_text_list, part

# A segment may refer to segments this many levels below it.
_DEPTH_MAX = 8


@dataclass(frozen=True)
class CompiledSegment:
    """A segment's membership test or its problem, and every segment id that it was made from."""

    test: Test | str
    uses: frozenset[str]


def compile_segment(name: str, forms: Mapping[str, object], salt: str, segments: SegmentTests) -> CompiledSegment:
    """Compiles one segment and, through ``segments``, those it refers to. Forms are read defensively."""
    below, too_deep = reach_of(name, lambda other: _references_of(forms.get(other)), _DEPTH_MAX)
    uses = frozenset({name, *below})
    if too_deep:
        why = "refers to itself" if name in below else f"refers to segments in a cycle or more than {_DEPTH_MAX} deep"
        return CompiledSegment(f"segment {name}: {why}", uses)
    test = _compile(forms[name], salt, segments) if name in forms else "missing"
    return CompiledSegment(f"segment {name}: {test}" if isinstance(test, str) else test, uses)


def _compile(form: object, salt: str, segments: SegmentTests) -> Test | str:
    if not is_record(form):
        return "not an object"
    by = part(form, "by", "targetingKey")
    include, exclude, hashes = (form.get(name, []) for name in ("include", "exclude", "hashes"))
    if not isinstance(by, str) or not is_text_list(include) or not is_text_list(exclude) or not is_text_list(hashes):
        return "by, include, exclude or hashes is not readable"
    matches: Test | str = compile_condition(form["if"], segments) if "if" in form else lambda context: False
    if isinstance(matches, str):
        return matches
    read = compile_read(by)
    if hashes:
        matches = _or_listed(read, frozenset(hashes), salt, matches)
    return _membership(read, frozenset(include), frozenset(exclude), matches)


def _or_listed(read: Read, listed: frozenset[str], salt: str, matches: Test) -> Test:
    hash_of = remembering_last(salt, lambda context: unit_text(read(context)))
    return lambda context: hash_of(context) in listed or matches(context)


def _membership(read: Read, included: frozenset[str], excluded: frozenset[str], matches: Test) -> Test:
    def is_member(context: Context) -> bool:
        unit = unit_text(read(context))
        if unit is None:
            return matches(context)
        return unit not in excluded and (unit in included or matches(context))

    return is_member


def _references_of(form: object) -> list[str]:
    return segments_in(form.get("if")) if is_record(form) else []
