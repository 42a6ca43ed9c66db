"""MurmurHash3 by Austin Appleby (public domain, https://github.com/aappleby/smhasher), x86 variants, over UTF-8 bytes."""

from __future__ import annotations

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


class Prefix:
    """A prefix that was hashed once: the state after its whole blocks, and the 0–3 bytes that follow them."""

    __slots__ = ("hash", "length", "tail")

    def __init__(self, text: str, seed: int) -> None:
        data = utf8(text)
        whole = len(data) & ~3
        self.hash = _mix_blocks(seed, data[:whole])
        self.tail = data[whole:]
        self.length = whole


def hash_after(prefix: Prefix, text: str) -> int:
    """The 32-bit hash of prefix and text together, as an unsigned integer. The prefix must not end in half a surrogate pair."""
    data = prefix.tail + utf8(text)
    size = len(data)
    h = prefix.hash
    tail = size & 3
    whole = size - tail
    for at in range(0, whole, 4):
        k = (data[at] | data[at + 1] << 8 | data[at + 2] << 16 | data[at + 3] << 24) * _C1 & _MASK
        h ^= (k << 15 | k >> 17) * _C2 & _MASK
        h = (h << 13 & _MASK | h >> 19) * 5 + 0xE6546B64 & _MASK
    if tail:
        k = int.from_bytes(data[whole:], "little") * _C1 & _MASK
        h ^= (k << 15 | k >> 17) * _C2 & _MASK
    h ^= prefix.length + size
    h = (h ^ h >> 16) * 0x85EBCA6B & _MASK
    h = (h ^ h >> 13) * 0xC2B2AE35 & _MASK
    return h ^ h >> 16


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
