"""All operators. The meaning of each is the table in docs/conditions.md; a new one is one entry here."""

from __future__ import annotations

import re
import sys
from array import array
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from .attribute import Predicate
from .bucketing import SLOTS, slots_of, unit_text
from .cidr import compile_block, parse_address
from .glob import compile_glob
from .instant import parse_instant
from .semver import compile_semver_range
from .shape import is_count, is_number, is_scalar, is_text_list

Compile: TypeAlias = Callable[[object], "Predicate | None"]
"""Makes a predicate of an operand; None where the operand is not of the operator's shape."""

_OneText: TypeAlias = Callable[[str], Callable[[str], bool]]

_UTF_16 = f"utf-16-{'le' if sys.byteorder == 'little' else 'be'}"
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def fold_case(text: str) -> str:
    """Maps A–Z to a–z and nothing else, because other case mappings differ between languages."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


def is_present(value: object) -> bool:
    """False for what counts as missing: None, NaN, infinities and functions."""
    if value is None or callable(value):
        return False
    return is_number(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else True


def compile_operator(name: str, operand: object) -> Predicate | str:
    """Compiles one operator with its operand, or says in one phrase why it cannot. Cost grows with the operand."""
    known = OPERATORS.get(name)
    if known is None:
        return f'unknown operator "{name}"'
    words, compile_operand = known
    predicate = compile_operand(operand)
    return f'operand of "{name}" is not {words}' if predicate is None else predicate


def _member_of(items: Iterable[object]) -> Predicate:
    """Whether a value equals one of some scalars. Booleans stand apart: Python says that True is 1."""
    known = list(items)
    booleans = frozenset(item for item in known if isinstance(item, bool))
    others = frozenset(item for item in known if not isinstance(item, bool))
    if not booleans and all(isinstance(item, str) for item in others):
        return lambda value: value in others and isinstance(value, str)

    def is_member(value: object) -> bool:
        if isinstance(value, bool):
            return value in booleans
        return is_scalar(value) and value in others

    return is_member


def _compile_equals(operand: object) -> Predicate | None:
    if isinstance(operand, str):
        return lambda value: value == operand and isinstance(value, str)
    return _member_of([operand]) if is_scalar(operand) else None


def _compile_not_equals(operand: object) -> Predicate | None:
    if isinstance(operand, str):
        return lambda value: isinstance(value, str) and value != operand
    if isinstance(operand, bool):
        return lambda value: isinstance(value, bool) and value is not operand
    return (lambda value: is_number(value) and value != operand) if is_number(operand) else None


def _scalars(operand: object) -> list[object] | None:
    return operand if isinstance(operand, list) and all(is_scalar(item) for item in operand) else None


def _compile_in(operand: object) -> Predicate | None:
    items = _scalars(operand)
    return None if items is None else _member_of(items)


def _compile_not_in(operand: object) -> Predicate | None:
    items = _scalars(operand)
    if items is None:
        return None
    is_member = _member_of(items)
    return lambda value: is_scalar(value) and not is_member(value)


def _code_units(text: str) -> str:
    """A text whose characters are UTF-16 code units: half a surrogate pair is found in a whole one there, as in every SDK."""
    return "".join(map(chr, array("H", text.encode(_UTF_16, "surrogatepass")))) if not text.isascii() else text


def _by_code_units(one: _OneText) -> _OneText:
    """Only an operand with a lone surrogate can tell code units from code points."""

    def one_text(text: str) -> Callable[[str], bool]:
        if _SURROGATE.search(text) is None:
            return one(text)
        test = one(_code_units(text))
        return lambda value: test(_code_units(value))

    return one_text


def _of_texts(one: _OneText) -> Compile:
    """Any of one or more texts; ``one`` compiles each."""

    def compile_operand(operand: object) -> Predicate | None:
        texts = [operand] if isinstance(operand, str) else operand
        if not is_text_list(texts):
            return None
        tests = [one(text) for text in texts]
        if len(tests) == 1:
            test = tests[0]
            return lambda value: isinstance(value, str) and test(value)
        return lambda value: isinstance(value, str) and any(test(value) for test in tests)

    return compile_operand


def _ignoring_case(one: _OneText) -> Compile:
    def one_folded(text: str) -> Callable[[str], bool]:
        test = one(fold_case(text))
        return lambda value: test(fold_case(value))

    return _of_texts(one_folded)


def _contains(text: str) -> Callable[[str], bool]:
    return lambda value: text in value


def _starts_with(text: str) -> Callable[[str], bool]:
    return lambda value: value.startswith(text)


def _ends_with(text: str) -> Callable[[str], bool]:
    return lambda value: value.endswith(text)


def _of_number(one: Callable[[float], Callable[[float], bool]]) -> Compile:
    def compile_operand(operand: object) -> Predicate | None:
        if not is_number(operand):
            return None
        test = one(operand)
        return lambda value: is_number(value) and test(value)

    return compile_operand


def _of_instant(one: Callable[[float], Callable[[float], bool]]) -> Compile:
    def compile_operand(operand: object) -> Predicate | None:
        limit = parse_instant(operand) if isinstance(operand, str) else None
        if limit is None:
            return None
        test = one(limit)

        def compare(value: object) -> bool:
            at = parse_instant(value) if isinstance(value, str) else value
            return is_number(at) and test(at)

        return compare

    return compile_operand


def _less_than(limit: float) -> Callable[[float], bool]:
    return lambda value: value < limit


def _greater_than(limit: float) -> Callable[[float], bool]:
    return lambda value: value > limit


def _less_or_equal(limit: float) -> Callable[[float], bool]:
    return lambda value: value <= limit


def _greater_or_equal(limit: float) -> Callable[[float], bool]:
    return lambda value: value >= limit


def _compile_semver(operand: object) -> Predicate | None:
    is_in = compile_semver_range(operand) if isinstance(operand, str) else None
    return None if is_in is None else lambda value: isinstance(value, str) and is_in(value)


def _compile_exists(operand: object) -> Predicate | None:
    return (lambda value: is_present(value) is operand) if isinstance(operand, bool) else None


def _compile_cidr(operand: object) -> Predicate | None:
    texts = [operand] if isinstance(operand, str) else operand
    if not is_text_list(texts):
        return None
    blocks = [block for block in map(compile_block, texts) if block is not None]
    if len(blocks) < len(texts):
        return None

    def is_inside(value: object) -> bool:
        address = parse_address(value) if isinstance(value, str) else None
        return address is not None and any(block(address) for block in blocks)

    return is_inside


def _compile_slots(operand: object) -> Predicate | None:
    """The part of all units whose slot is in ``from`` ≤ slot < ``to``: parts of one salt that do not overlap exclude each other."""
    if not isinstance(operand, list) or len(operand) != 3:
        return None
    salt, start, end = operand
    if not isinstance(salt, str) or not is_count(start, SLOTS) or not is_count(end, SLOTS) or start > end:
        return None
    slot_of = slots_of(salt)

    def is_inside(value: object) -> bool:
        unit = unit_text(value)
        return unit is not None and start <= slot_of(unit) < end

    return is_inside


def _compile_includes(operand: object) -> Predicate | None:
    items = [operand] if is_scalar(operand) else _scalars(operand)
    if items is None:
        return None
    is_member = _member_of(items)

    def includes(value: object) -> bool:
        return isinstance(value, (list, tuple)) and any(is_scalar(item) and is_member(item) for item in value)

    return includes


def _compile_includes_ignore_case(operand: object) -> Predicate | None:
    texts = [operand] if isinstance(operand, str) else operand
    if not is_text_list(texts):
        return None
    folded = frozenset(map(fold_case, texts))

    def includes(value: object) -> bool:
        return isinstance(value, (list, tuple)) and any(isinstance(item, str) and fold_case(item) in folded for item in value)

    return includes


def _compile_equals_ignore_case(operand: object) -> Predicate | None:
    if not isinstance(operand, str):
        return None
    folded = fold_case(operand)
    return lambda value: isinstance(value, str) and fold_case(value) == folded


def _compile_in_ignore_case(operand: object) -> Predicate | None:
    if not is_text_list(operand):
        return None
    folded = frozenset(map(fold_case, operand))
    return lambda value: isinstance(value, str) and fold_case(value) in folded


def _opposite(compile_other: Compile) -> Compile:
    """A text that the other operator does not hold for. What is no text, or is missing, holds for neither."""

    def compile_opposite(operand: object) -> Predicate | None:
        holds = compile_other(operand)
        return None if holds is None else lambda value: isinstance(value, str) and not holds(value)

    return compile_opposite


_SCALAR = "a string, number or boolean"
_SCALARS = "a list of strings, numbers or booleans"
_TEXT_OR_TEXTS = "a string or a list of strings"
_INSTANT = 'an RFC 3339 time with zone such as "2026-11-02T00:00:00Z"'

OPERATORS: Final[Mapping[str, tuple[str, Compile]]] = MappingProxyType(
    {
        "equals": (_SCALAR, _compile_equals),
        "notEquals": (_SCALAR, _compile_not_equals),
        "in": (_SCALARS, _compile_in),
        "notIn": (_SCALARS, _compile_not_in),
        "contains": (_TEXT_OR_TEXTS, _of_texts(_by_code_units(_contains))),
        "startsWith": (_TEXT_OR_TEXTS, _of_texts(_by_code_units(_starts_with))),
        "endsWith": (_TEXT_OR_TEXTS, _of_texts(_by_code_units(_ends_with))),
        "glob": (_TEXT_OR_TEXTS, _of_texts(compile_glob)),
        "lessThan": ("a number", _of_number(_less_than)),
        "lessOrEqual": ("a number", _of_number(_less_or_equal)),
        "greaterThan": ("a number", _of_number(_greater_than)),
        "greaterOrEqual": ("a number", _of_number(_greater_or_equal)),
        "semver": ('a version range such as ">=1.2.0 <2.0.0"', _compile_semver),
        "before": (_INSTANT, _of_instant(_less_than)),
        "after": (_INSTANT, _of_instant(_greater_than)),
        "exists": ("true or false", _compile_exists),
        "cidr": ('an address block such as "10.0.0.0/8", or a list of blocks', _compile_cidr),
        "slots": ("[salt, from, to] with whole numbers from 0 to 100000, from not above to", _compile_slots),
        "includes": (f"{_SCALAR}, or a list of these", _compile_includes),
        "includesIgnoreCase": (_TEXT_OR_TEXTS, _compile_includes_ignore_case),
        "equalsIgnoreCase": ("a string", _compile_equals_ignore_case),
        "notEqualsIgnoreCase": ("a string", _opposite(_compile_equals_ignore_case)),
        "inIgnoreCase": ("a list of strings", _compile_in_ignore_case),
        "notInIgnoreCase": ("a list of strings", _opposite(_compile_in_ignore_case)),
        "containsIgnoreCase": (_TEXT_OR_TEXTS, _ignoring_case(_by_code_units(_contains))),
        "startsWithIgnoreCase": (_TEXT_OR_TEXTS, _ignoring_case(_by_code_units(_starts_with))),
        "endsWithIgnoreCase": (_TEXT_OR_TEXTS, _ignoring_case(_by_code_units(_ends_with))),
        "globIgnoreCase": (_TEXT_OR_TEXTS, _ignoring_case(compile_glob)),
    }
)
