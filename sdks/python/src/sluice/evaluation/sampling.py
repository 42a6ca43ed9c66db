"""What of a context may be shown to the server."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final, TypeAlias, TypeGuard

from .answer import Context
from .attribute import compile_read
from .bucketing import unit_text
from .shape import is_number, is_scalar

Scalar: TypeAlias = str | int | float | bool
"""A text, a number, or a truth."""

Picked: TypeAlias = tuple[tuple[str, Scalar | list[Scalar]], ...]
"""A context's sampled attributes by path, as they are. Never leaves the process."""

SAMPLED_ATTRIBUTES_MAX: Final = 20
"""Attributes that a project may name."""

# UTF-16 code units of a text, and items of a list; what goes beyond them is left out.
_TEXT_UNITS_MAX = 200
_ITEMS_MAX = 20
# Characters of a digest that are kept: 132 bits.
_DIGEST_CHARS = 22
# The attribute that names the user.
_USER = "targetingKey"
# Whole numbers are written out below 10²¹, and fractions from 10⁻⁶ on.
_WRITTEN_OUT_DIGITS = 21
_ZEROS_MAX = 6
_SURROGATE = re.compile("[\ud800-\udfff]")


def compile_pick(attributes: Mapping[str, str], customer: str) -> Callable[[Context], Picked]:
    """Compiles what is taken of a context; ``attributes`` says ``plain`` or ``hashed`` by path.

    The customer's key (at ``customer``) and the user's are never taken plain, nor is any other plain attribute that has the same
    value: a tenant's id under a second name is still who it is.
    """
    keys = (customer, _USER)
    paths = sorted(path for path, how in attributes.items() if how == "hashed" or path not in keys)[:SAMPLED_ATTRIBUTES_MAX]
    named = [(path, attributes[path] == "plain", compile_read(path)) for path in paths]
    key_reads = [compile_read(path) for path in keys]

    def pick(context: Context) -> Picked:
        secret = [unit_text(read(context)) for read in key_reads]
        picked = []
        for path, is_plain, read in named:
            value = _taken(read(context))
            if value is not None and not (is_plain and _names_one_of(value, secret)):
                picked.append((path, value))
        return tuple(picked)

    return pick


def seal(picked: Picked, attributes: Mapping[str, str], key: str) -> dict[str, dict[str, object]]:
    """What leaves the process of a picked context."""
    plain: dict[str, object] = {}
    hashed: dict[str, object] = {}
    for path, value in picked:
        if attributes.get(path) == "plain":
            plain[path] = value
        elif attributes.get(path) == "hashed":
            hashed[path] = [sampled_hash(key, path, item) for item in value] if isinstance(value, list) else sampled_hash(key, path, value)
    return {"plain": plain, "hashed": hashed}


def sampled_hash(key: str, path: str, value: Scalar) -> str:
    """The hash that stands for one value of one attribute.

    The first letter of its type (s, n, b), then 22 characters of base64url of HMAC-SHA256 of path, line feed and the value as JSON.
    """
    if isinstance(value, bool):
        letter, text = "b", "true" if value else "false"
    elif isinstance(value, str):
        letter, text = "s", _text_json(value)
    else:
        letter, text = "n", number_text(value)
    digest = hmac.digest(key.encode("utf-8", "replace"), f"{path}\n{text}".encode("utf-8", "replace"), hashlib.sha256)
    return letter + urlsafe_b64encode(digest).decode()[:_DIGEST_CHARS]


def number_text(value: float) -> str:
    """A finite number as ECMAScript writes it: the shortest digits that give the same double."""
    number = float(value)
    if number == 0:
        return "0"
    sign = "-" if number < 0 else ""
    _, parts, exponent = Decimal(repr(abs(number))).normalize().as_tuple()
    digits = "".join(map(str, parts))
    # Digits before the decimal point; not above 0 where it is followed by zeros.
    before = len(digits) + int(exponent)
    if len(digits) <= before <= _WRITTEN_OUT_DIGITS:
        return sign + digits + "0" * (before - len(digits))
    if 0 < before <= _WRITTEN_OUT_DIGITS:
        return f"{sign}{digits[:before]}.{digits[before:]}"
    if -_ZEROS_MAX < before <= 0:
        return f"{sign}0.{'0' * -before}{digits}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{fraction}e{before - 1:+d}"


def _text_json(text: str) -> str:
    """As JSON with nothing escaped that need not be; lone surrogates are."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(whole, ensure_ascii=False))


def _taken(value: object) -> Scalar | list[Scalar] | None:
    if not isinstance(value, (list, tuple)):
        return value if _is_sampled(value) else None
    return [item for item in value[:_ITEMS_MAX] if _is_sampled(item)] or None


def _is_sampled(value: object) -> TypeGuard[Scalar]:
    if not isinstance(value, str):
        return is_scalar(value)
    is_short = len(value) <= _TEXT_UNITS_MAX
    return is_short and (value.isascii() or len(value.encode("utf-16-le", "surrogatepass")) <= 2 * _TEXT_UNITS_MAX)


def _names_one_of(value: Scalar | list[Scalar], secret: list[str | None]) -> bool:
    items = value if isinstance(value, list) else [value]
    return any((number_text(item) if is_number(item) else item) in secret for item in items if not isinstance(item, bool))
