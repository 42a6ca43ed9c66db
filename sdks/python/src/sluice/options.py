"""How an SDK is set up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .holder import Change
from .ports import Log

_REFRESH_S_MIN = 1.0
_REFRESH_S_MAX = 3_600.0
_WAIT_S_MAX = 60.0
# Flags that a process counts by customer: each such answer costs a hash.
_COUNTED_FLAGS_MAX = 100
_WAIT_S_DEFAULT = 1.0


@dataclass(frozen=True)
class Options:
    """Nothing in it can make the host fail: what cannot be used is logged, and the code's defaults are answered."""

    url: str | None = None
    """The server's address, such as ``https://flags.example.com``; a path prefix is kept.

    Absent with ``snapshot_file``: no server is asked."""
    key: str = field(default="", repr=False)
    """The SDK key. It belongs to one environment."""
    environment: str | None = None
    """The environment this process must be in; absent accepts whatever the key belongs to."""
    service: str | None = None
    """Name of this service, as kills and the console show it."""
    version: str | None = None
    """This application's version (SemVer), which kills may be limited to."""
    cache_dir: str | None = None
    """Folder for the last good flags, so that a restart without a server answers as before. Absent: nothing is kept."""
    signature_keys: Sequence[str] | None = None
    """Public keys of the server, as ``sluice signing-keys`` prints them (``slv_…``): one, or two while one follows the other.

    With them, what none of them has signed for ``environment`` is refused and the last good flags go on; absent, nothing is
    checked. Needs the package cryptography (``pip install 'sluice-sdk[signatures]'``)."""
    wait_s: float = _WAIT_S_DEFAULT
    """How long ``ready()`` waits at most before the code's defaults are answered, in seconds: 0–60."""
    refresh_every_s: float | None = None
    """For functions that are frozen between invocations: no stream, no thread, no timer.

    ``refresh()`` at the beginning of an invocation asks for the flags where they are older than so many seconds, 1–3,600;
    ``flush()`` at its end sends what was counted."""
    snapshot_file: str | None = None
    """A snapshot in a file, to start from or to work without any server."""
    ca_file: str | None = None
    """Certificates to trust beside the system's, as PEM."""
    proxy: str | None = None
    """An HTTP proxy; absent: what HTTPS_PROXY, HTTP_PROXY and NO_PROXY say. An empty text: none."""
    context_secret: str | None = field(default=None, repr=False)
    """What ``context_token`` signs with. Never goes to a browser."""
    sampled_attributes: Sequence[str] | None = None
    """Attributes that this process may show its server of the contexts that it answers, whatever ``sluice.yaml`` declares to be
    sampled; ``[]`` for none.

    Absent: those that ``sluice.yaml`` declares; none where there are ``signature_keys``, because what is declared is not signed."""
    count_customers_of: Sequence[str] = ()
    """Flags whose answers are counted by customer (as a hash; names do not travel) and told apart, at most 100.

    2,000 different counts wait at a time, and what has no room is told without a customer."""
    log: Log | None = None
    """Where messages go; the default is the logger ``sluice``."""
    on_change: Callable[[Change], object] | None = None
    """The same as ``client.on_change``, from the very start."""

    @property
    def wait_within_bounds_s(self) -> float:
        """The wait in force."""
        wait: object = self.wait_s
        if isinstance(wait, bool) or not isinstance(wait, (int, float)) or not wait >= 0:
            return _WAIT_S_DEFAULT
        return min(float(wait), _WAIT_S_MAX)

    @property
    def sampled_in_force(self) -> Sequence[str] | None:
        """Attributes that may be sampled; None for all that the server declares."""
        given: object = self.sampled_attributes
        if isinstance(given, (list, tuple, set, frozenset)):
            return [name for name in given if isinstance(name, str)]
        return None if given is None and self.signature_keys is None else ()

    @property
    def counted_in_force(self) -> frozenset[str]:
        """Flags that are counted by customer."""
        given: object = self.count_customers_of
        if not isinstance(given, (list, tuple, set, frozenset)):
            return frozenset()
        return frozenset([name for name in given if isinstance(name, str)][:_COUNTED_FLAGS_MAX])

    @property
    def refresh_every_ms(self) -> float | None:
        """How old flags may be at the beginning of an invocation; None where a stream keeps them new."""
        every: object = self.refresh_every_s
        if isinstance(every, bool) or not isinstance(every, (int, float)) or every != every:  # noqa: PLR0124
            return None
        return min(max(float(every), _REFRESH_S_MIN), _REFRESH_S_MAX) * 1000
