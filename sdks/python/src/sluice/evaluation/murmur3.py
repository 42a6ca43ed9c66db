"""MurmurHash3 by Austin Appleby (public domain, https://github.com/aappleby/smhasher), x86 variants, over UTF-8 bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

HashOf: TypeAlias = Callable[[str], int]
"""Hashes texts; made once for a prefix."""

_MASK = 0xFFFFFFFF
_C1 = 0xCC9E2D51
_C2 = 0x1B873593
_C = (0x239B961B, 0xAB0E9789, 0x38B34AE5, 0xA1E38B93)


def utf8(text: str) -> bytes:
    """UTF-8 bytes of a text. Two halves of a surrogate pair join; a lone one becomes U+FFFD."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def hash_after(prefix: str, seed: int) -> HashOf:
    """Gives the 32-bit hash of ``prefix`` and a text together, as an unsigned integer.

    The prefix must not end in half a surrogate pair. Its whole blocks are hashed once.
    """
    prefix_bytes = utf8(prefix)
    whole = len(prefix_bytes) & ~3
    start, before = _mix_blocks(seed, prefix_bytes[:whole]), prefix_bytes[whole:]
    from_bytes = int.from_bytes

    def hash_of(text: str) -> int:
        # What _mix_blocks and _final_mix say, in line and with numbers in place of names: this is most of what a percentage costs.
        try:
            data = before + text.encode()
        except UnicodeEncodeError:
            data = before + utf8(text)
        left = len(data)
        size = whole + left
        h = start
        # All blocks as one number: what stands above the lowest 32 bits goes with the mask behind the multiplication.
        rest = from_bytes(data, "little")
        while True:
            k = rest * 0xCC9E2D51 & 0xFFFFFFFF
            h ^= (k * 0x100000001 >> 17) * 0x1B873593 & 0xFFFFFFFF
            # What is less than a block is not mixed on; nothing at all is a block of zeros, which changes nothing.
            if left < 4:
                break
            h = h * 0xA000 + (h >> 19) * 5 + 0xE6546B64 & 0xFFFFFFFF
            left -= 4
            if left == 0:
                break
            rest >>= 32
        h ^= size
        h = (h ^ h >> 16) * 0x85EBCA6B & 0xFFFFFFFF
        h = (h ^ h >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
        return h ^ h >> 16

    return hash_of


def _mix_blocks(seed: int, data: bytes) -> int:
    h = seed
    for at in range(0, len(data), 4):
        k = int.from_bytes(data[at : at + 4], "little") * _C1 & _MASK
        h ^= (k << 15 | k >> 17) * _C2 & _MASK
        h = (h << 13 & _MASK | h >> 19) * 5 + 0xE6546B64 & _MASK
    return h


def _rotate(value: int, bits: int) -> int:
    return (value << bits | value >> 32 - bits) & _MASK


def _final_mix(h: int) -> int:
    h = (h ^ h >> 16) * 0x85EBCA6B & _MASK
    h = (h ^ h >> 13) * 0xC2B2AE35 & _MASK
    return h ^ h >> 16


def murmur3_of_128(text: str) -> str:
    """The x86 128-bit hash with seed 0 as 32 lower-case hex digits: h1, h2, h3, h4."""
    data = utf8(text)
    size = len(data)
    h1 = h2 = h3 = h4 = 0
    whole = size & ~15
    for at in range(0, whole, 16):
        k1, k2, k3, k4 = (int.from_bytes(data[at + i : at + i + 4], "little") for i in (0, 4, 8, 12))
        h1 ^= _rotate(k1 * _C[0] & _MASK, 15) * _C[1] & _MASK
        h1 = (_rotate(h1, 19) + h2) * 5 + 0x561CCD1B & _MASK
        h2 ^= _rotate(k2 * _C[1] & _MASK, 16) * _C[2] & _MASK
        h2 = (_rotate(h2, 17) + h3) * 5 + 0x0BCAA747 & _MASK
        h3 ^= _rotate(k3 * _C[2] & _MASK, 17) * _C[3] & _MASK
        h3 = (_rotate(h3, 15) + h4) * 5 + 0x96CD1C35 & _MASK
        h4 ^= _rotate(k4 * _C[3] & _MASK, 18) * _C[0] & _MASK
        h4 = (_rotate(h4, 13) + h1) * 5 + 0x32AC3B17 & _MASK
    # A zero word mixes to zero, so the tail needs no case per length.
    k1, k2, k3, k4 = (int.from_bytes(data[whole + i : whole + i + 4], "little") for i in (0, 4, 8, 12))
    h1 ^= _rotate(k1 * _C[0] & _MASK, 15) * _C[1] & _MASK
    h2 ^= _rotate(k2 * _C[1] & _MASK, 16) * _C[2] & _MASK
    h3 ^= _rotate(k3 * _C[2] & _MASK, 17) * _C[3] & _MASK
    h4 ^= _rotate(k4 * _C[3] & _MASK, 18) * _C[0] & _MASK
    return _spread(h1 ^ size, h2 ^ size, h3 ^ size, h4 ^ size)


def _spread(h1: int, h2: int, h3: int, h4: int) -> str:
    h1 = h1 + h2 + h3 + h4 & _MASK
    h1, h2, h3, h4 = (_final_mix(h) for h in (h1, h2 + h1 & _MASK, h3 + h1 & _MASK, h4 + h1 & _MASK))
    h1 = h1 + h2 + h3 + h4 & _MASK
    return "".join(f"{h:08x}" for h in (h1, h2 + h1 & _MASK, h3 + h1 & _MASK, h4 + h1 & _MASK))
