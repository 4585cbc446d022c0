"""How a client behaves, as values."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from ablage_sdk._exceptions import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DEFAULT_BASE_URL", "NOT_GIVEN", "NotGiven", "Options", "Timeout"]

DEFAULT_BASE_URL = "http://localhost:8000"


class NotGiven:
    """The type of `NOT_GIVEN`."""

    def __repr__(self) -> str:
        return "NOT_GIVEN"

    def __bool__(self) -> bool:
        return False


#: Stands for an argument that was left out, where ``None`` means something.
NOT_GIVEN: Final = NotGiven()


@dataclass(frozen=True, slots=True)
class Timeout:
    """How long each phase of a request may take, in seconds; ``None`` waits for ever.

    Attributes:
        connect: Until the connection stands.
        read: Between two pieces of the answer.
        write: Between two pieces of the request.
        pool: Until a connection of the pool is free.
    """

    connect: float | None = 5.0
    read: float | None = 60.0
    write: float | None = 60.0
    pool: float | None = 60.0

    @classmethod
    def of(cls, value: Timeout | float | None) -> Timeout:
        """Return a timeout for a plain number of seconds (for each phase), or ``None`` for no limit."""
        if isinstance(value, Timeout):
            return value
        if value is not None and value <= 0:
            msg = f"timeout must be more than 0 seconds, or None for no limit; got {value!r}"
            raise ConfigurationError(msg)
        return cls(value, value, value, value)

    def within(self, seconds: float) -> Timeout:
        """Return this timeout with no phase longer than ``seconds``."""
        phases = (self.connect, self.read, self.write, self.pool)
        return Timeout(*(seconds if phase is None else min(phase, seconds) for phase in phases))

    def extended(self, seconds: float) -> Timeout:
        """Return this timeout with ``seconds`` more for the answer."""
        return self if self.read is None else replace(self, read=self.read + seconds)


@dataclass(frozen=True, slots=True)
class Options:
    """What ``with_options`` can change."""

    timeout: Timeout = field(default_factory=Timeout)
    max_retries: int = 3
    deadline: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # may contain secrets

    def __post_init__(self) -> None:
        if self.max_retries < 0:
            msg = f"max_retries must be 0 or more; got {self.max_retries!r}"
            raise ConfigurationError(msg)
        if self.deadline is not None and self.deadline <= 0:
            msg = f"deadline must be more than 0 seconds, or None for no limit; got {self.deadline!r}"
            raise ConfigurationError(msg)

    def changed(
        self,
        *,
        timeout: Timeout | float | NotGiven | None = NOT_GIVEN,
        max_retries: int | NotGiven = NOT_GIVEN,
        deadline: float | NotGiven | None = NOT_GIVEN,
        headers: Mapping[str, str] | NotGiven = NOT_GIVEN,
    ) -> Options:
        """Return these options with some of them changed; ``headers`` are added to the present ones."""
        return Options(
            self.timeout if isinstance(timeout, NotGiven) else Timeout.of(timeout),
            self.max_retries if isinstance(max_retries, NotGiven) else max_retries,
            self.deadline if isinstance(deadline, NotGiven) else deadline,
            self.headers if isinstance(headers, NotGiven) else {**self.headers, **headers},
        )
