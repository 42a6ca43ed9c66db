"""Telling OpenTelemetry of evaluations; needs ``opentelemetry-api``, which the application brings."""

from __future__ import annotations

import json
from collections.abc import Collection

from openfeature.flag_evaluation import FlagEvaluationDetails, FlagValueType
from openfeature.hook import Hook, HookContext, HookHints
from opentelemetry._logs import Logger, LogRecord, SeverityNumber

_VALUE = "feature_flag.result.value"


class EvaluationEventHook(Hook):
    """Each evaluation as the event ``feature_flag.evaluation`` of the semantic conventions 1.45.0, for ``api.add_hooks``.

    What it costs is a few microseconds beside those of OpenFeature; for how often flags are asked, look at the console.
    """

    def __init__(self, logger: Logger, leave_out: Collection[str] = ()) -> None:
        """Attributes in ``leave_out`` stay here.

        Such as ``feature_flag.context.id``, which is a person's targeting key, or ``feature_flag.result.value``.
        """
        self._logger = logger
        self._left_out = frozenset(leave_out)

    def finally_after(
        self,
        hook_context: HookContext,
        details: FlagEvaluationDetails[FlagValueType],
        hints: HookHints,  # noqa: ARG002
    ) -> None:
        """After each evaluation, whatever came of it."""
        provider = hook_context.provider_metadata
        told: dict[str, object] = {
            "feature_flag.key": hook_context.flag_key,
            "feature_flag.provider.name": None if provider is None else provider.name,
            "feature_flag.result.variant": details.variant,
            "feature_flag.result.reason": "unknown" if details.reason is None else str(details.reason).lower(),
            "feature_flag.context.id": hook_context.evaluation_context.targeting_key,
            "feature_flag.set.id": details.flag_metadata.get("flagSetId"),
            "feature_flag.version": details.flag_metadata.get("version"),
            _VALUE: _told_value(details.value),
        }
        if told["feature_flag.result.reason"] == "error":
            told["error.type"] = "general" if details.error_code is None else details.error_code.value.lower()
            told["feature_flag.error.message"] = details.error_message
        attributes = {
            name: value
            for name, value in told.items()
            if isinstance(value, (bool, str, int, float)) and value != "" and name not in self._left_out
        }
        self._logger.emit(LogRecord(event_name="feature_flag.evaluation", severity_number=SeverityNumber.INFO, attributes=attributes))


def _told_value(value: object) -> object:
    """An object is told as its JSON, as the conventions ask."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) if isinstance(value, (dict, list)) else value
