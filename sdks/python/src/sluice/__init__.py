"""Sluice for Python services: synchronous flags, evaluated in process. Importing it does nothing but define names."""

from .client import SluiceClient
from .create_client import create_client
from .details import FlagDetails
from .evaluation import Context, JsonValue, Version
from .flag_reader import RequestFlags
from .holder import Change
from .options import Options
from .samples import SampleCounts
from .trouble import Trouble
from .usage import AnswerCount, Usage

__all__ = [
    "AnswerCount",
    "Change",
    "Context",
    "FlagDetails",
    "JsonValue",
    "Options",
    "RequestFlags",
    "SampleCounts",
    "SluiceClient",
    "Trouble",
    "Usage",
    "Version",
    "create_client",
]
