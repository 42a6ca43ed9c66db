"""Flags in tests: in memory, without threads, files and network.

The pytest plugin brings the fixtures ``sluice_flags`` and ``with_flag``.
"""

from .memory_client import MemoryClient, StrictlyRefused

__all__ = ["MemoryClient", "StrictlyRefused"]
