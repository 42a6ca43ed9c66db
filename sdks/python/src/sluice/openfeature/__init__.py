"""Sluice behind OpenFeature; needs the extra ``sluice-sdk[openfeature]``."""

from .provider import SluiceProvider

__all__ = ["SluiceProvider"]
