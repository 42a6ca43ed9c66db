"""The name that was meant."""

from __future__ import annotations

from collections.abc import Iterable

# Names further away than this many edits are not offered: they are other names, not slips.
_EDITS_MAX = 2
# More suggestions than this help nobody.
_NAMES_MAX = 5


def nearest_names(name: str, candidates: Iterable[str], most: int = _NAMES_MAX) -> list[str]:
    """Candidates within two edits (insert, delete, replace, swap of neighbours) of a name, nearest first, then in byte order.

    At most ``most``, and never more than five. Time grows with the number of candidates.
    """
    found: list[tuple[int, str]] = []
    for candidate in candidates:
        if candidate == name or abs(len(candidate) - len(name)) > _EDITS_MAX:
            continue
        edits = _count_edits(name, candidate)
        if edits <= _EDITS_MAX:
            found.append((edits, candidate))
    found.sort()
    return [candidate for _, candidate in found[: min(most, _NAMES_MAX)]]


def _count_edits(a: str, b: str) -> int:
    """Optimal string alignment distance within a band around the diagonal; more counts as one above the limit."""
    far = _EDITS_MAX + 1
    above: list[int] = []
    last = [min(at, far) for at in range(len(b) + 1)]
    for i in range(1, len(a) + 1):
        row = [far] * (len(b) + 1)
        row[0] = min(i, far)
        for j in range(max(1, i - _EDITS_MAX), min(len(b), i + _EDITS_MAX) + 1):
            edits = min(last[j - 1] + (a[i - 1] != b[j - 1]), last[j] + 1, row[j - 1] + 1, far)
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                edits = min(edits, above[j - 2] + 1)
            row[j] = edits
        above, last = last, row
    return last[-1]
