"""Placing units in slots, and the hashes that stand for customers in snapshots."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

from .murmur3 import HashOf, hash_after, murmur3_of_128

SLOTS: Final = 100_000
"""Number of equal slots that shares and weights are counted in."""

UNIT_INTEGER_MAX: Final = 2**53
"""Largest magnitude of an integer that is a unit."""

# Seed of variants in Unleash's client specification 6: murmurhash3.x86.hash32(groupId:id, 86028157).
_UNLEASH_VARIANT_SEED = 86_028_157
# Weights of an Unleash flag add up to this, unless its file says otherwise.
_UNLEASH_WEIGHTS = 1_000

SlotOf: TypeAlias = Callable[[str], int]
"""Places unit texts in slots 0–99,999; made once for a salt."""


@dataclass(frozen=True)
class Algorithm:
    """A way of bucketing, by salt. ``variant`` decides within a split and must not correlate with ``share``.

    ``share`` takes a salt and a number of slots: a unit is in these where what is made of it is below the limit that stands beside.
    """

    share: Callable[[str, int], tuple[HashOf, int]]
    variant: Callable[[str], SlotOf]


def slots_of(salt: str) -> SlotOf:
    """`slot` for one salt, whose bytes are hashed once."""
    hash_of = _hashes_of(salt, 0)
    return lambda unit: hash_of(unit) * SLOTS >> 32


def _share_of(salt: str, share: int) -> tuple[HashOf, int]:
    """``slots_of(salt)(unit) < share`` without making a slot of each hash: the limit is the least hash whose slot is not below it."""
    return _hashes_of(salt, 0), -(-(share << 32) // SLOTS)


def _hashes_of(salt: str, seed: int) -> HashOf:
    return hash_after(f"{salt}:", seed)


def _remainders_of(salt: str, steps: int, seed: int) -> HashOf:
    """The remainder of the hash by ``steps`` in place of its upper bits."""
    hash_of = _hashes_of(salt, seed)
    return lambda unit: hash_of(unit) % steps


def _first_slots_of(salt: str, steps: int, seed: int) -> SlotOf:
    """The first slot of each step."""
    step_of = _remainders_of(salt, steps, seed)
    return lambda unit: step_of(unit) * SLOTS // steps


def _unleash(weights: int) -> Algorithm:
    """Salt is Unleash's groupId. There "hash % 100 + 1 <= percent" is in; variants are counted so up to the sum of their weights."""
    return Algorithm(
        share=lambda salt, share: (_remainders_of(salt, 100, 0), -(-share * 100 // SLOTS)),
        variant=lambda salt: _first_slots_of(salt, weights, _UNLEASH_VARIANT_SEED),
    )


ALGORITHMS: Final[Mapping[str, Algorithm]] = MappingProxyType(
    {
        "sluice-v1": Algorithm(share=_share_of, variant=lambda salt: slots_of(f"{salt}:variant")),
        "unleash-v1": _unleash(_UNLEASH_WEIGHTS),
    }
)
"""Bucketing algorithms by the id that flags name. Foreign ones (for migrated flags) are further lines here."""

_UNLEASH_OF_WEIGHTS = re.compile(r"unleash-v1/([1-9][0-9]{0,5})", re.ASCII)


def algorithm_of(name: str) -> Algorithm | None:
    """The algorithm of an id; None where this version knows none. ``unleash-v1/N`` counts weights that add up to N, 1–100,000."""
    known = ALGORITHMS.get(name)
    if known is not None:
        return known
    found = _UNLEASH_OF_WEIGHTS.fullmatch(name)
    return _unleash(int(found[1])) if found is not None and int(found[1]) <= SLOTS else None


def slot(salt: str, unit: str) -> int:
    """Places a unit in one of 100,000 equal slots, the same in every SDK.

    MurmurHash3 x86 32-bit, seed 0, over the UTF-8 bytes of ``salt + ":" + unit``; slot = hash × 100000 / 2³², rounded down.
    """
    return slots_of(salt)(unit)


def unit_text(value: object) -> str | None:
    """The text that identifies who is counted: a text as is, a whole number within ±2⁵³ as decimal text (−0 is ``0``), else None."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return str(int(value)) if abs(value) <= UNIT_INTEGER_MAX and value.is_integer() else None
    return str(value) if isinstance(value, int) and -UNIT_INTEGER_MAX <= value <= UNIT_INTEGER_MAX else None


def customer_hash(salt: str, key: str) -> str:
    """What snapshots hold instead of customer keys and targetingKeys.

    The first 64 bits of MurmurHash3 x86 128-bit, seed 0, of the UTF-8 bytes of ``salt + ":" + key``, as 16 lower-case hex
    digits. ``salt`` is the environment's.
    """
    return murmur3_of_128(f"{salt}:{key}")[:16]
