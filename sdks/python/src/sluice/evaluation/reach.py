"""Following references."""

from __future__ import annotations

from collections.abc import Callable, Iterable


def reach_of(start: str, follow: Callable[[str], Iterable[str]], depth_max: int) -> tuple[set[str], bool]:
    """Everything within the depth (the start itself only if it is in a cycle), and whether some chain goes below the depth.

    Level by level, so that a hostile graph can neither explode nor overflow: cost is at most ``depth_max`` × the references
    among the things reached. A cycle has no end and is always too deep.
    """
    ids: set[str] = set()
    level = {start}
    for _ in range(depth_max):
        level = {other for name in level for other in follow(name)}
        if not level:
            return ids, False
        ids |= level
    return ids, any(True for name in level for _ in follow(name))
