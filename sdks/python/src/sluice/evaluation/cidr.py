"""Addresses and blocks of addresses."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

Address: TypeAlias = "tuple[int, int]"
"""Bits of the family (32 or 128) and the address as a number. An IPv4-mapped IPv6 address is its IPv4 address."""

Block: TypeAlias = Callable[[Address], bool]
"""Decides whether an address lies in a block. Families never match each other."""

_BYTE = re.compile("0|[1-9][0-9]{0,2}")
_GROUP = re.compile("[0-9A-Fa-f]{1,4}")
# Bits of ::ffff:0:0/96, under which IPv6 writes IPv4 addresses (RFC 4291 §2.5.5.2).
_MAPPED_BITS = 96
_MAPPED_HEAD = 0xFFFF
# The longest text form: six groups of four, an IPv4 tail, and separators.
_ADDRESS_LENGTH_MAX = 45


def parse_address(text: str) -> Address | None:
    """Reads IPv4 dotted decimal without leading zeros, or IPv6 text of RFC 4291 without zone."""
    written = _parse(text)
    if written is not None and _is_mapped(written):
        return 32, written[1] & 0xFFFFFFFF
    return written


def compile_block(text: str) -> Block | None:
    """Compiles ``address/bits``; bits beyond the prefix are ignored. None where it does not parse."""
    address, slash, written = text.partition("/")
    base = _parse(address)
    if slash == "" or base is None or _BYTE.fullmatch(written) is None:
        return None
    bits = int(written)
    if bits > base[0]:
        return None
    if _is_mapped(base) and bits >= _MAPPED_BITS:
        base = 32, base[1] & 0xFFFFFFFF
        bits -= _MAPPED_BITS
    family, number = base
    unused = family - bits
    prefix = number >> unused
    return lambda candidate: candidate[0] == family and candidate[1] >> unused == prefix


def _is_mapped(address: Address) -> bool:
    return address[0] == 128 and address[1] >> 32 == _MAPPED_HEAD


def _parse(text: str) -> Address | None:
    if len(text) > _ADDRESS_LENGTH_MAX:
        return None
    return _parse_ipv6(text) if ":" in text else _parse_ipv4(text)


def _parse_ipv4(text: str) -> Address | None:
    parts = text.split(".")
    if len(parts) != 4 or not all(_BYTE.fullmatch(part) and int(part) <= 255 for part in parts):
        return None
    return 32, int.from_bytes(bytes(int(part) for part in parts), "big")


def _parse_ipv6(text: str) -> Address | None:
    halves = text.split("::")
    if len(halves) > 2:
        return None
    is_whole = len(halves) == 1
    before = _parse_half(halves[0], may_end_in_ipv4=is_whole)
    after = [] if is_whole else _parse_half(halves[1], may_end_in_ipv4=True)
    if before is None or after is None:
        return None
    missing = 8 - len(before) - len(after)
    # "::" stands for at least one group; without it all eight must be there.
    if missing != 0 if is_whole else missing < 1:
        return None
    number = 0
    for group in [*before, *[0] * missing, *after]:
        number = number << 16 | group
    return 128, number


def _parse_half(text: str, *, may_end_in_ipv4: bool) -> list[int] | None:
    if text == "":
        return []
    groups: list[int] = []
    parts = text.split(":")
    for at, part in enumerate(parts):
        if _GROUP.fullmatch(part):
            groups.append(int(part, 16))
            continue
        ipv4 = _parse_ipv4(part) if may_end_in_ipv4 and at == len(parts) - 1 else None
        if ipv4 is None:
            return None
        groups += [ipv4[1] >> 16, ipv4[1] & 0xFFFF]
    return groups
