"""The way in."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .adapters.invocation_world import InvocationWorld
from .adapters.real_world import RealWorld
from .client import SluiceClient
from .holder import Change
from .options import Options
from .ports import Log


def create_client(
    *,
    url: str | None = None,
    key: str = "",
    environment: str | None = None,
    service: str | None = None,
    version: str | None = None,
    cache_dir: str | None = None,
    signature_keys: Sequence[str] | None = None,
    wait_s: float = 1.0,
    refresh_every_s: float | None = None,
    snapshot_file: str | None = None,
    ca_file: str | None = None,
    proxy: str | None = None,
    context_secret: str | None = None,
    sampled_attributes: Sequence[str] | None = None,
    count_customers_of: Sequence[str] = (),
    log: Log | None = None,
    on_change: Callable[[Change], object] | None = None,
) -> SluiceClient:
    """Connects in the background and returns at once; `SluiceClient.ready` waits for the first flags, at most ``wait_s``.

    What each option means is said at `Options`.
    """
    options = Options(
        url=url,
        key=key,
        environment=environment,
        service=service,
        version=version,
        cache_dir=cache_dir,
        signature_keys=signature_keys,
        wait_s=wait_s,
        refresh_every_s=refresh_every_s,
        snapshot_file=snapshot_file,
        ca_file=ca_file,
        proxy=proxy,
        context_secret=context_secret,
        sampled_attributes=sampled_attributes,
        count_customers_of=count_customers_of,
        log=log,
        on_change=on_change,
    )
    return SluiceClient(options, RealWorld if options.refresh_every_ms is None else InvocationWorld)
