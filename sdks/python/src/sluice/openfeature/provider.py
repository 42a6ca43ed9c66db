"""An OpenFeature provider over a client that stays the caller's."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from openfeature.evaluation_context import EvaluationContext
from openfeature.event import ProviderEventDetails
from openfeature.exception import ErrorCode, ProviderNotReadyError
from openfeature.flag_evaluation import FlagResolutionDetails, FlagValueType, Reason
from openfeature.provider import AbstractProvider, Metadata
from openfeature.track import TrackingEventDetails

from ..client import SluiceClient
from ..details import FlagDetails
from ..evaluation import JsonValue
from ..holder import Change

# Names that fit an event; a longer list says nothing that "all of them" does not.
_FLAGS_CHANGED_MAX = 1_000
# OpenFeature says READY as soon as `initialize` has returned, on the same thread; STALE must come after it.
_AFTER_READY_S = 0.1
_FROM_CACHE = "Answers come from the last good flags."

_S = TypeVar("_S")
_T = TypeVar("_T")
_Structure = Sequence[FlagValueType] | Mapping[str, FlagValueType]


class SluiceProvider(AbstractProvider):
    """Set the client up with `create_client` and read its own calls beside this one: they are the fast ones.

    OpenFeature closes the client with the provider.
    """

    def __init__(self, client: SluiceClient) -> None:
        super().__init__()
        self._client = client
        self._stops: list[Callable[[], None]] = []
        self._told = "starting"

    def get_metadata(self) -> Metadata:
        """The provider's name."""
        return Metadata("sluice")

    def initialize(self, evaluation_context: EvaluationContext) -> None:  # noqa: ARG002
        """Waits for the first flags as ``client.ready()`` does. Raises where none came: ERROR, and READY once they arrive."""
        self._stops += [self._client.on_state(self._state_changed), self._client.on_change(self._changed)]
        is_ready = self._client.ready()
        self._told = self._client.state
        if not is_ready:
            trouble = self._client.trouble
            raise ProviderNotReadyError("No flags were received yet." if trouble is None else trouble.message)
        if self._told == "stale":
            later = threading.Timer(_AFTER_READY_S, self._say_stale)
            later.daemon = True
            later.start()
            self._stops.append(later.cancel)

    def shutdown(self) -> None:
        """Ends the client, too."""
        for stop in self._stops:
            stop()
        self._stops.clear()
        self._client.close()

    def track(
        self,
        tracking_event_name: str,
        evaluation_context: EvaluationContext | None = None,
        tracking_event_details: TrackingEventDetails | None = None,
    ) -> None:
        """``client.track(outcome, context, details)`` whose details name a ``flag``, with ``failed`` true where it failed.

        What names no flag is none that a guard looks at.
        """
        attributes = {} if tracking_event_details is None else tracking_event_details.attributes
        flag = attributes.get("flag")
        if isinstance(flag, str):
            self._client.track(tracking_event_name, _context_of(evaluation_context), flag=flag, failed=attributes.get("failed") is True)

    def resolve_boolean_details(
        self, flag_key: str, default_value: bool, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[bool]:
        """A boolean flag."""
        return self._resolution(flag_key, self._client.get_boolean_details(flag_key, default_value, _context_of(evaluation_context)))

    def resolve_string_details(
        self, flag_key: str, default_value: str, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[str]:
        """A string flag."""
        return self._resolution(flag_key, self._client.get_string_details(flag_key, default_value, _context_of(evaluation_context)))

    def resolve_float_details(
        self, flag_key: str, default_value: float, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[float]:
        """A number flag."""
        details = self._client.get_number_details(flag_key, default_value, _context_of(evaluation_context))
        return self._resolution(flag_key, replace(details, value=float(details.value)))

    def resolve_integer_details(
        self, flag_key: str, default_value: int, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[int]:
        """A number flag whose value is whole; any other is of the wrong type."""
        details = self._client.get_number_details(flag_key, default_value, _context_of(evaluation_context))
        if details.value == int(details.value):
            return self._resolution(flag_key, _with_value(details, int(details.value)))
        return self._resolution(flag_key, FlagDetails(default_value, "ERROR", "wrongType", version=details.version))

    def resolve_object_details(
        self, flag_key: str, default_value: _Structure, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[_Structure]:
        """An object flag: a dict or list of the caller's own."""
        details = self._client.get_object_details(flag_key, None, _context_of(evaluation_context))
        value = default_value if details.reason == "ERROR" else _structure(details.value, default_value)
        return self._resolution(flag_key, _with_value(details, value))

    def _resolution(self, key: str, details: FlagDetails[_T]) -> FlagResolutionDetails[_T]:
        metadata: dict[str, bool | int | float | str] = {"cause": details.cause}
        environment = self._client.environment
        if environment is not None:
            metadata["flagSetId"] = environment
        if details.by is not None:
            metadata["by"] = details.by
        if details.version is not None:
            metadata |= {"version": str(details.version), "epoch": details.version.epoch, "seq": details.version.seq}
        if details.problems:
            metadata["problems"] = "; ".join(details.problems)
        code, message = _error_of(key, details) if details.reason == "ERROR" else (None, None)
        return FlagResolutionDetails(details.value, code, message, Reason(details.reason), details.variant, metadata)

    def _changed(self, change: Change) -> None:
        metadata: dict[str, bool | str | int | float] = {"epoch": change.version.epoch, "seq": change.version.seq, "kill": change.is_kill}
        self.emit_provider_configuration_changed(
            ProviderEventDetails(flags_changed=list(change.flags[:_FLAGS_CHANGED_MAX]), metadata=metadata)
        )

    def _state_changed(self, state: str) -> None:
        before, self._told = self._told, state
        if state == "ready":
            self.emit_provider_ready(ProviderEventDetails())
        if state == "stale":
            # Coming from nothing to the last good flags makes the provider usable; being cut off makes it stale.
            if before == "starting":
                self.emit_provider_ready(ProviderEventDetails())
            self._say_stale()

    def _say_stale(self) -> None:
        if self._client.state == "stale":
            trouble = self._client.trouble
            self.emit_provider_stale(ProviderEventDetails(message=_FROM_CACHE if trouble is None else trouble.message))


def _with_value(details: FlagDetails[_S], value: _T) -> FlagDetails[_T]:
    """The same details with another value."""
    return FlagDetails(value, details.reason, details.cause, details.variant, details.by, details.problems, details.version)


def _structure(value: JsonValue, default: _Structure) -> _Structure:
    return value if isinstance(value, (dict, list)) else default  # type: ignore[return-value]


def _context_of(context: EvaluationContext | None) -> dict[str, object]:
    """OpenFeature's dates become texts, as Sluice's instants are; everything else is the same."""
    if context is None:
        return {}
    attributes: dict[str, object] = {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in context.attributes.items()
    }
    return attributes if context.targeting_key is None else {**attributes, "targetingKey": context.targeting_key}


def _error_of(key: str, details: FlagDetails[_T]) -> tuple[ErrorCode, str]:
    if details.cause == "unknownFlag":
        return ErrorCode.FLAG_NOT_FOUND, f'There is no flag "{key}" in this environment.'
    if details.cause == "wrongType":
        return ErrorCode.TYPE_MISMATCH, f'Flag "{key}" is of another type.'
    if details.cause == "noSnapshot":
        return ErrorCode.PROVIDER_NOT_READY, "No flags were received yet."
    return ErrorCode.PARSE_ERROR, f'Flag "{key}" cannot be read: {"; ".join(details.problems)}'
