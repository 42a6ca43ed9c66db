"""Where the server is and who asks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from .ports import HttpRequest

SDK_NAME: Final = "python/0.1.0"
"""Name and version this SDK reports."""

# Characters of a name in a header that are sent; header blocks are limited to 16 KiB.
_HEADER_CHARS_MAX = 200
_INVISIBLE = re.compile(r"[^\x20-\x7e]")


@dataclass(frozen=True)
class ServerAddress:
    """``base`` is without a slash at the end and keeps a path prefix; ``instance`` is unique per process."""

    base: str
    key: str
    instance: str
    service: str | None
    version: str | None


def parse_base(url: str) -> str | None:
    """The base of a web address, or None where the text is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or _INVISIBLE.search(url) or " " in url:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{'' if port is None else f':{port}'}{parts.path.rstrip('/')}"


def request_to(address: ServerAddress, route: str, headers: Mapping[str, str], body: bytes = b"") -> HttpRequest:
    """A request of this SDK with its key and its names. ``route`` is like ``GET /sdk/v1/snapshot``."""
    method, _, path = route.partition(" ")
    names = {"sluice-service": address.service, "sluice-app-version": address.version}
    return HttpRequest(
        method,
        address.base + path,
        {
            "authorization": f"Bearer {_visible(address.key)}",
            "sluice-instance": address.instance,
            "sluice-sdk": SDK_NAME,
            **{name: _visible(value)[:_HEADER_CHARS_MAX] for name, value in names.items() if value is not None},
            **headers,
        },
        body,
    )


def _visible(text: str) -> str:
    """Header values are visible ASCII; anything else would be refused by the HTTP client or end the header early."""
    return _INVISIBLE.sub("?", text)
