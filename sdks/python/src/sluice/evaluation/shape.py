"""Looking at data that nobody has checked."""

from __future__ import annotations

import math
from typing import TypeGuard

_FLOAT_MAX = int(1.7976931348623157e308)

SAFE_INTEGER_MAX = 2**53 - 1
"""Largest whole number that doubles hold without a gap."""


def is_record(value: object) -> TypeGuard[dict[str, object]]:
    """True for what was a JSON object."""
    return isinstance(value, dict)


def is_text_list(value: object) -> TypeGuard[list[str]]:
    """True for lists that hold texts only."""
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def is_number(value: object) -> TypeGuard[int | float]:
    """True for finite numbers that a double can hold. A boolean is no number here, though Python says so."""
    if isinstance(value, bool):
        return False
    if isinstance(value, int):
        return -_FLOAT_MAX <= value <= _FLOAT_MAX
    return isinstance(value, float) and math.isfinite(value)


def is_count(value: object, most: int) -> TypeGuard[int | float]:
    """True for whole numbers from 0 to ``most``, however they are written."""
    return is_number(value) and 0 <= value <= most and value == int(value)


def is_scalar(value: object) -> TypeGuard[str | int | float | bool]:
    """True for texts, finite numbers and booleans."""
    return isinstance(value, (str, bool)) or is_number(value)


def part(record: dict[str, object], name: str, absent: object) -> object:
    """A member that null leaves absent, as a missing one is."""
    value = record.get(name)
    return absent if value is None else value
