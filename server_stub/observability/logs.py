"""Logs: one JSON object per line, or coloured lines on a terminal.

Loggers are the standard library's, so that a program that embeds the server decides what becomes of them;
only the command line configures them. Every line of a request has its ``request_id`` and ``user_id``.
"""

from __future__ import annotations

import logging
import re
import sys
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TextIO, cast

import orjson
import structlog

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from structlog.typing import EventDict, WrappedLogger


__all__ = ["configure", "configure_for", "current_scope", "get_logger", "redact"]

#: The ASGI scope of the request that this task answers.
current_scope: ContextVar[MutableMapping[str, object] | None] = ContextVar("current_scope", default=None)

_HIDDEN = "[hidden]"
_SECRET_NAMES = re.compile(
    r"password|secret|token|api[_-]?key|authorization|cookie|credential|dsn|database_url", re.IGNORECASE
)
_TEXT_NAMES = frozenset({"extracted_text", "ocr_text", "ocr_result", "text", "content", "body"})
_SECRET_VALUES = re.compile(
    r"""
      (?P<key>ak_(?:live|test)_)[\w-]+                       # API keys
    | (?P<hook>whsec_)[\w+/=-]+                              # signing secrets
    | (?P<jwt>eyJ)[\w-]{8,}\.[\w-]+\.[\w-]+                  # tokens
    | (?P<scheme>\w+://[^\s:/@]*:)[^\s/@]+(?=@)              # passwords in addresses
    | (?P<bearer>\b[Bb]earer\s)\S+
    | (?P<row>\bDETAIL:\s).*                                 # PostgreSQL: values of a row
    | (?P<input>\binput_value=).*(?=,\ input_type=)          # pydantic: what was sent
    """,
    re.VERBOSE,
)
#: One of these is in whatever the expression finds: texts without them, nearly all, need no closer look.
_MARKS = ("ak_", "whsec_", "eyJ", "://", "earer", "DETAIL:", "input_value=")


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return a logger that takes an event and keyword arguments.

    Args:
        name: The module's ``__name__``.
    """
    return cast(
        "structlog.stdlib.BoundLogger",
        structlog.wrap_logger(
            logging.getLogger(name),
            processors=[structlog.stdlib.filter_by_level, structlog.stdlib.render_to_log_kwargs],
            wrapper_class=structlog.stdlib.BoundLogger,
            context_class=dict,
            cache_logger_on_first_use=True,
        ),
    )


def configure(level: str, *, json: bool, stream: TextIO | None = None) -> None:
    """Send all logs of this process to one place.

    Args:
        level: ``DEBUG``, ``INFO``, ``WARNING`` or ``ERROR``.
        json: One JSON object per line, rather than lines for people.
        stream: Where to; by default standard error.
    """
    stream = stream or sys.stderr
    render: structlog.typing.Processor = structlog.processors.JSONRenderer(_dumps)
    if not json:
        # Plain: the usual way shows the variables of each frame, whatever they hold.
        plain = structlog.dev.plain_traceback
        render = structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=plain)
    shape: list[structlog.typing.Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        redact,
        render,
    ]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=shape,
            foreign_pre_chain=[
                structlog.stdlib.ExtraAdder(),
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                _add_request,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    chatty = logging.WARNING if level != "DEBUG" else logging.INFO
    for name in ("procrastinate", "alembic", "uvicorn", "asyncio"):
        logging.getLogger(name).setLevel(chatty)
    for name in ("httpx", "httpcore"):  # they tell the addresses of webhooks, which often hold a secret
        logging.getLogger(name).setLevel(logging.WARNING)


def configure_for(level: str, form: Literal["auto", "json", "console"]) -> None:
    """Send all logs of this process to standard error; as JSON, or ``auto``: unless that is a terminal."""
    configure(level, json=form == "json" or (form == "auto" and not sys.stderr.isatty()))


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Hide secrets and the text of documents, whatever name or place they got into a line under."""
    return {name: _redacted(name, value) for name, value in event.items()}


def _redacted(name: str, value: object) -> object:
    if value is not None and _is_hidden(name):
        return _HIDDEN
    if isinstance(value, str):
        for mark in _MARKS:
            if mark in value:
                return _SECRET_VALUES.sub(_hide, value)
        return value
    if isinstance(value, dict):
        return {key: _redacted(str(key), item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_redacted("", item) for item in value]
    return value


@lru_cache(maxsize=1024)
def _is_hidden(name: str) -> bool:
    """Tell whether a value is hidden for its name alone."""
    return name in _TEXT_NAMES or _SECRET_NAMES.search(name) is not None


def _hide(match: re.Match[str]) -> str:
    return "".join(part for part in match.groups() if part) + _HIDDEN


def _add_request(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    scope = current_scope.get()
    if scope is not None:
        request = scope.get("ablage.request")
        if request is not None:
            event.setdefault("request_id", getattr(request, "request_id", None))
            actor = getattr(request, "actor", None)
            if actor is not None:
                event.setdefault("user_id", str(actor.user_id))
    return event


def _dumps(value: object, default: object = None) -> str:  # noqa: ARG001 - the signature is given
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
