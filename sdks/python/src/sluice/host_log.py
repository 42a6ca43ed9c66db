"""The host's log as the SDK calls it."""

from __future__ import annotations

import contextlib

from .ports import Log


class HostLog:
    """What the log raises is lost, because there is nowhere else to say it, and ends neither an answer nor the SDK's thread."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def info(self, msg: str, /) -> None:
        """Something ended well."""
        with contextlib.suppress(Exception):
            self._log.info(msg)

    def warning(self, msg: str, /) -> None:
        """Something needs a look."""
        with contextlib.suppress(Exception):
            self._log.warning(msg)

    def error(self, msg: str, /) -> None:
        """Something does not work."""
        with contextlib.suppress(Exception):
            self._log.error(msg)
