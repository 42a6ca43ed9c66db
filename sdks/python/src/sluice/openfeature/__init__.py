"""Sluice behind OpenFeature; needs the extra ``sluice-sdk[openfeature]``.

`evaluation_event_hook` needs ``opentelemetry-api`` as well, so it is imported by its own name.
"""

from .provider import SluiceProvider

__all__ = ["SluiceProvider"]
