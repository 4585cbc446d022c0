"""What recognition found, and dialect B's jobs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ablage_client_compat.migrate.rules.model import Member, kept
from ablage_client_compat.migrate.rules.types import Type, container

if TYPE_CHECKING:
    from ablage_client_compat.migrate.rules.model import Rule

__all__ = ["RULES"]

_result = partial(Member, owner="OcrResult")
_segment = partial(Member, owner="Segment")
_job = partial(Member, owner="Job", dialects="B")
_state = partial(Member, owner="OcrStatus", dialects="B")
_outcome = partial(Member, owner="OcrOutcome", dialects="B")


RULES: list[Rule] = [
    _result(name="content", new="text", returns=Type("Text"), missing='""'),
    _result(name="score", expression="float(result.confidence)", missing="0.0"),
    _result(name="engine", new="backend", returns=Type("Text"), missing='"unknown"'),
    _result(name="lang", new="metadata.language", returns=Type("Text"), missing='"de"'),
    _result(name="page_count", new="metadata.pages", missing="1"),
    _result(name="duration", new="metadata.processing_time", missing="0.0"),
    _result(name="segments", new="blocks", returns=container("list", Type("Segment")), missing="[]"),
    _segment(name="text", new="text", returns=Type("Text")),
    _segment(name="bbox", expression="list(segment.bbox)"),
    _segment(name="conf", expression="float(segment.confidence)"),
    _segment(name="type", new="type", returns=Type("Text")),
    _job(name="job_id", new="id"),
    _job(name="status", new="status", returns=Type("Enum")),
    _state(name="job_id", new="id"),
    _state(name="document_id", new="id"),
    _state(name="status", new="status", returns=Type("Enum")),
    _state(name="progress", expression='{"pending": 0, "processing": 50}.get(state.status, 100)'),
    _state(
        name="processing_time_ms",
        expression="round(state.ocr_result.metadata.processing_time * 1000) if state.ocr_result else None",
    ),
    _state(name="result", new="ocr_result", returns=Type("OcrOutcome")),
    _state(name="error", expression="state.error.message if state.error else None"),
    _outcome(name="confidence", expression="float(outcome.confidence)"),
    *kept("OcrOutcome", "text backend", dialects="B"),
]
