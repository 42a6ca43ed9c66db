"""Versions after SemVer 2.0.0 and ranges of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

_NUMBER = "0|[1-9][0-9]*"
_PRE = f"(?:{_NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_FORM = re.compile(rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER})(?:-({_PRE}(?:\.{_PRE})*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?")
_COMPARATOR = re.compile(r"(<=|>=|<|>|=|\^|~)?(.+)")
_DIGITS = re.compile("[0-9]+")

# Longest version text that is read; semver.org advises 255 or fewer. Longer ones do not parse.
_VERSION_LENGTH_MAX = 1024


class SemVer(NamedTuple):
    """Numbers have no limit in the standard, nor in Python. Build metadata is dropped: it has no order."""

    core: tuple[int, int, int]
    pre: tuple[str, ...]


SemVerRange: TypeAlias = Callable[[str], bool]
"""Decides whether a version text is in a range; a text that is no version is in none."""

_Bound: TypeAlias = Callable[[SemVer], bool]


def parse_semver(text: str) -> SemVer | None:
    """Reads a version exactly as SemVer 2.0.0 writes it; ``v1.0.0`` and ``1.0`` do not parse."""
    if len(text) > _VERSION_LENGTH_MAX:
        return None
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    pre = match[4]
    return SemVer((int(match[1]), int(match[2]), int(match[3])), () if pre is None else tuple(pre.split(".")))


def compare_semver(a: SemVer, b: SemVer) -> int:
    """Order of SemVer §11: negative, zero or positive as ``a`` is before, equal to or after ``b``."""
    if a.core != b.core:
        return -1 if a.core < b.core else 1
    if not a.pre or not b.pre:
        return (len(b.pre) > 0) - (len(a.pre) > 0)
    for one, other in zip(a.pre, b.pre, strict=False):
        order = _compare_identifiers(one, other)
        if order != 0:
            return order
    return len(a.pre) - len(b.pre)


def compile_semver_range(text: str) -> SemVerRange | None:
    """Compiles a range: comparators ``= < <= > >= ^ ~`` separated by spaces (all must hold), ranges separated by ``||`` (one must hold).

    A bare version is ``=``. ``^`` and ``~`` bound from above without a pre-release part. None where the range does not parse.
    """
    ranges: list[list[_Bound]] = []
    for part in text.split("||"):
        bounds: list[_Bound] = []
        for comparator in part.split(" "):
            if comparator == "":
                continue
            bound = _compile_comparator(comparator)
            if bound is None:
                return None
            bounds.append(bound)
        if not bounds:
            return None
        ranges.append(bounds)

    def is_in(candidate: str) -> bool:
        version = parse_semver(candidate)
        return version is not None and any(all(bound(version) for bound in bounds) for bounds in ranges)

    return is_in


def _compile_comparator(text: str) -> _Bound | None:
    match = _COMPARATOR.fullmatch(text)
    base = None if match is None else parse_semver(match[2])
    if match is None or base is None:
        return None
    major, minor, patch = base.core
    match match[1]:
        case "<":
            return lambda version: compare_semver(version, base) < 0
        case "<=":
            return lambda version: compare_semver(version, base) <= 0
        case ">":
            return lambda version: compare_semver(version, base) > 0
        case ">=":
            return lambda version: compare_semver(version, base) >= 0
        case "^":
            # The first of the three numbers that is not zero is the one that may not change.
            limit = (major + 1, 0, 0) if major else (0, minor + 1, 0) if minor else (0, 0, patch + 1)
            return _between(base, limit)
        case "~":
            return _between(base, (major, minor + 1, 0))
        case _:
            return lambda version: compare_semver(version, base) == 0


def _between(low: SemVer, limit: tuple[int, int, int]) -> _Bound:
    high = SemVer(limit, ())
    return lambda version: compare_semver(version, low) >= 0 and compare_semver(version, high) < 0


def _compare_identifiers(a: str, b: str) -> int:
    a_is_number, b_is_number = _DIGITS.fullmatch(a) is not None, _DIGITS.fullmatch(b) is not None
    if a_is_number != b_is_number:
        return -1 if a_is_number else 1
    if a_is_number:
        return (int(a) > int(b)) - (int(a) < int(b))
    return (a > b) - (a < b)
