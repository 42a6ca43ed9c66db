"""Clients of a process that forks."""

from __future__ import annotations

import os
import weakref
from typing import Protocol

from .adapters.http_client import forget_parent_sockets


class Forked(Protocol):
    """Somebody who begins anew in a forked child."""

    def _after_fork(self) -> None: ...


_CLIENTS: weakref.WeakSet[Forked] = weakref.WeakSet()


def follow_forks(client: Forked) -> None:
    """From now on it is told in each forked child, as long as it lives."""
    _CLIENTS.add(client)


def _after_fork_in_child() -> None:
    forget_parent_sockets()
    for client in list(_CLIENTS):
        client._after_fork()  # noqa: SLF001


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
