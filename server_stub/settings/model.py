"""How the server is set up: environment variables, or a file ``.env`` in the current directory.

A variable in the environment wins over the same one in ``.env``.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self, cast

from pydantic import AliasChoices, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from server_stub.errors import SettingsError
from server_stub.releases import RELEASES, ApiVersion, ReleaseName
from server_stub.settings.old_names import OldNames, check_removed, read_environment

if TYPE_CHECKING:
    from collections.abc import Mapping

_MIB = 1024 * 1024
#: HS256 wants a key as long as its hash (RFC 7518, section 3.2).
_MIN_SECRET = 32
_API_VERSIONS: dict[str, ApiVersion] = {"1": "1.0", "2": "2.0", "1.0": "1.0", "2.0": "2.0"}
#: Seconds between the attempts to deliver a webhook.
_DELIVERY_SCHEDULE = (0.0, 60.0, 300.0, 1800.0, 7200.0, 28_800.0, 86_400.0)


def _default_data_dir() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "ablage"


def _env(name: str) -> AliasChoices:
    """Return the aliases of a field: its name in the environment, and its own in Python."""
    return AliasChoices(name)


class Settings(BaseSettings):
    """Every setting. In Python they are named like the attributes, in the environment as given.

    Attributes:
        database_url: ``DATABASE_URL``: ``postgresql://USER:PASSWORD@HOST:PORT/NAME``. None → an embedded
            PostgreSQL in the data directory.
        database_direct_url: ``ABLAGE_DATABASE_DIRECT_URL``: the same database past a pooler that gives every
            transaction another connection; needed with such a pooler only.
        database_pool_size: ``ABLAGE_DATABASE_POOL_SIZE``: connections kept open; as many again may be
            opened under load.
        auto_migrate: ``ABLAGE_AUTO_MIGRATE``: whether a start applies the migrations.
        data_dir: ``ABLAGE_DATA_DIR``: files, the embedded PostgreSQL and generated secrets.
        storage_url: ``ABLAGE_STORAGE_URL``: where files go instead, such as ``s3://bucket/prefix``.
        host: ``ABLAGE_HOST``: address to listen on.
        port: ``ABLAGE_PORT``: port to listen on; 0 takes a free one.
        release: ``ABLAGE_RELEASE``: the release that the server runs as; ``1.0`` on the way from one to the
            other, see docs/operations/upgrade.md.
        api_versions: ``ABLAGE_API_VERSIONS``: the versions that are on, such as ``1,2``; by default all that
            the release knows.
        secret_key: ``SECRET_KEY``: signs tokens; at least 32 characters, the same on all replicas. Empty →
            one is generated and kept in the data directory.
        bootstrap_api_key: ``ABLAGE_BOOTSTRAP_API_KEY``: the admin's first API key. None → one is made.
        ocr_backend: ``OCR_BACKEND``: the backend for uploads that name none.
        ocr_timeout_seconds: ``OCR_TIMEOUT_SECONDS``: how long one document may take.
        worker_concurrency: ``ABLAGE_WORKER_CONCURRENCY``: documents recognised at once by this process;
            0 leaves them to ``ablage-server worker``.
        job_stalled_seconds: ``ABLAGE_JOB_STALLED_SECONDS``: how long a worker may be silent before its
            documents are given to another.
        max_upload_size_mb: ``MAX_UPLOAD_SIZE_MB``: largest upload in MiB.
        enable_webhooks: ``ENABLE_WEBHOOKS``.
        webhook_timeout_seconds: ``ABLAGE_WEBHOOK_TIMEOUT_SECONDS``: how long a receiver may take.
        webhook_schedule_seconds: ``ABLAGE_WEBHOOK_SCHEDULE_SECONDS``: seconds before each attempt.
        webhook_allow_private: ``ABLAGE_WEBHOOK_ALLOW_PRIVATE``: whether targets may resolve to private,
            loopback and link-local addresses.
        sweep_after_hours: ``ABLAGE_SWEEP_AFTER_HOURS``: how old a stored file without a document must be
            before it is deleted, at least 1; 0 keeps such files.
        redis_dsn: ``REDIS_DSN``: where rate limits are counted across replicas. None → in memory.
        rate_limit: ``ABLAGE_RATE_LIMIT``: per key, such as ``600/minute``; ``off`` for none.
        cors_origins: ``ABLAGE_CORS_ORIGINS``: web origins that may call, comma-separated.
        read_only: ``ABLAGE_READ_ONLY``: maintenance: reads are answered, writes are refused with 503, and no
            background job runs.
        workers: ``ABLAGE_WORKERS``: processes that answer requests at one address and share its work.
        shutdown_delay_seconds: ``ABLAGE_SHUTDOWN_DELAY_SECONDS``: how long a server that got SIGTERM still
            takes requests while ``/health/ready`` already answers 503. Ctrl-C does not wait.
        shutdown_grace_seconds: ``ABLAGE_SHUTDOWN_GRACE_SECONDS``: how long a stop waits for requests and
            documents in work; what is not done by then is done after the next start.
        log_level: ``ABLAGE_LOG_LEVEL``.
        log_format: ``ABLAGE_LOG_FORMAT``: ``json``, ``console``, or ``auto``: console on a terminal.
    """

    model_config = SettingsConfigDict(
        case_sensitive=True,
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        hide_input_in_errors=True,
        env_file=".env",
        env_ignore_empty=True,
    )

    database_url: SecretStr | None = Field(None, validation_alias=_env("DATABASE_URL"))
    database_direct_url: SecretStr | None = Field(None, validation_alias=_env("ABLAGE_DATABASE_DIRECT_URL"))
    database_pool_size: int = Field(10, ge=1, validation_alias=_env("ABLAGE_DATABASE_POOL_SIZE"))
    auto_migrate: bool = Field(default=True, validation_alias=_env("ABLAGE_AUTO_MIGRATE"))
    data_dir: Path = Field(default_factory=_default_data_dir, validation_alias=_env("ABLAGE_DATA_DIR"))
    storage_url: str | None = Field(None, validation_alias=_env("ABLAGE_STORAGE_URL"))
    host: str = Field("127.0.0.1", validation_alias=_env("ABLAGE_HOST"))
    port: int = Field(8000, ge=0, le=65_535, validation_alias=_env("ABLAGE_PORT"))
    release: ReleaseName = Field("2.0", validation_alias=_env("ABLAGE_RELEASE"))
    api_versions: Annotated[tuple[ApiVersion, ...], NoDecode] = Field(
        default_factory=lambda given: RELEASES[given.get("release", "2.0")].api_versions,
        validation_alias=_env("ABLAGE_API_VERSIONS"),
    )
    secret_key: SecretStr = Field(SecretStr(""), validation_alias=_env("SECRET_KEY"))
    bootstrap_api_key: SecretStr | None = Field(None, validation_alias=_env("ABLAGE_BOOTSTRAP_API_KEY"))
    ocr_backend: str = Field("auto", validation_alias=_env("OCR_BACKEND"))
    ocr_timeout_seconds: float = Field(300, gt=0, validation_alias=_env("OCR_TIMEOUT_SECONDS"))
    worker_concurrency: int = Field(
        default_factory=lambda: os.cpu_count() or 1, ge=0, validation_alias=_env("ABLAGE_WORKER_CONCURRENCY")
    )
    job_stalled_seconds: float = Field(30, gt=0, validation_alias=_env("ABLAGE_JOB_STALLED_SECONDS"))
    max_upload_size_mb: float = Field(50, gt=0, validation_alias=_env("MAX_UPLOAD_SIZE_MB"))
    enable_webhooks: bool = Field(default=True, validation_alias=_env("ENABLE_WEBHOOKS"))
    webhook_timeout_seconds: float = Field(30, gt=0, validation_alias=_env("ABLAGE_WEBHOOK_TIMEOUT_SECONDS"))
    webhook_schedule_seconds: Annotated[tuple[float, ...], NoDecode] = Field(
        _DELIVERY_SCHEDULE, min_length=1, validation_alias=_env("ABLAGE_WEBHOOK_SCHEDULE_SECONDS")
    )
    webhook_allow_private: bool = Field(default=False, validation_alias=_env("ABLAGE_WEBHOOK_ALLOW_PRIVATE"))
    sweep_after_hours: float = Field(24, ge=0, validation_alias=_env("ABLAGE_SWEEP_AFTER_HOURS"))
    redis_dsn: SecretStr | None = Field(None, validation_alias=_env("REDIS_DSN"))
    rate_limit: str = Field("1200/minute", validation_alias=_env("ABLAGE_RATE_LIMIT"))
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), validation_alias=_env("ABLAGE_CORS_ORIGINS")
    )
    read_only: bool = Field(default=False, validation_alias=_env("ABLAGE_READ_ONLY"))
    workers: int = Field(1, ge=1, le=64, validation_alias=_env("ABLAGE_WORKERS"))
    shutdown_delay_seconds: float = Field(2, ge=0, validation_alias=_env("ABLAGE_SHUTDOWN_DELAY_SECONDS"))
    shutdown_grace_seconds: float = Field(30, ge=0, validation_alias=_env("ABLAGE_SHUTDOWN_GRACE_SECONDS"))
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", validation_alias=_env("ABLAGE_LOG_LEVEL")
    )
    log_format: Literal["auto", "json", "console"] = Field("auto", validation_alias=_env("ABLAGE_LOG_FORMAT"))

    @property
    def max_upload_bytes(self) -> int:
        """The largest upload in bytes."""
        return int(self.max_upload_size_mb * _MIB)

    @field_validator("api_versions", mode="before")
    @classmethod
    def _read_versions(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        named = [part.strip().removeprefix("v") for part in value.split(",") if part.strip()]
        unknown = [name for name in named if name not in _API_VERSIONS]
        if unknown or not named:
            raise ValueError("name the versions to switch on, such as 1,2")
        return tuple(sorted({_API_VERSIONS[name] for name in named}))

    @field_validator("api_versions")
    @classmethod
    def _known_to_the_release(
        cls, value: tuple[ApiVersion, ...], given: ValidationInfo
    ) -> tuple[ApiVersion, ...]:
        release = RELEASES[given.data.get("release", "2.0")]
        unknown = [version for version in value if version not in release.api_versions]
        if unknown:
            raise ValueError(
                f"release {release.name} does not know API version {unknown[0]}; leave the setting out"
            )
        return value

    @field_validator("webhook_schedule_seconds", "cors_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(part.strip() for part in value.split(",") if part.strip())

    @field_validator("rate_limit")
    @classmethod
    def _none_when_off(cls, value: str) -> str:
        return "" if value.lower() == "off" else value

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < _MIN_SECRET:
            raise ValueError(
                f"must have at least {_MIN_SECRET} characters; make one with: openssl rand -hex 32"
            )
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is given
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Name where values come from: arguments, environment, ``.env``, and old names in either."""
        return init_settings, env_settings, dotenv_settings, OldNames(settings_cls)

    @classmethod
    def isolated(cls, **values: object) -> Settings:
        """Return settings that neither the environment nor ``.env`` has a say in."""
        return cast("Settings", _IsolatedSettings(**values))  # type: ignore[arg-type]  # checked by pydantic

    def with_secret_key(self) -> Self:
        """Return settings that have a secret key: the one given, or the one kept in the data directory."""
        if self.secret_key.get_secret_value():
            return self
        return self.model_copy(update={"secret_key": SecretStr(_kept_secret(self.data_dir / "secret-key"))})


class _IsolatedSettings(Settings):
    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is given
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def load_settings(**values: object) -> Settings:
    """Return the settings that arguments, environment and ``.env`` give; arguments of ``None`` are left out.

    Raises:
        SettingsError: If one of them is wrong, removed, or contradicts its old name.
    """
    check_removed(read_environment())
    try:
        return Settings(**{name: value for name, value in values.items() if value is not None})  # type: ignore[arg-type]  # checked by pydantic
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(error))) from None


def as_environment(values: Mapping[str, object]) -> dict[str, str]:
    """Return settings, named like in Python, as variables for another process; ``None`` is left out."""
    texts = {name: str(value) for name, value in values.items() if value is not None}
    return {_variable(name): text for name, text in texts.items()}


def _variable(name: str) -> str:
    """Return the environment variable of a field."""
    field = Settings.model_fields.get(name)
    if field is not None and isinstance(field.validation_alias, AliasChoices):
        return str(field.validation_alias.choices[0])
    return name


def _explain(error: ValidationError) -> list[str]:
    lines = []
    for one in error.errors(include_url=False, include_input=False):
        if one["type"] == "default_factory_not_called":
            continue  # only because of another value, which is told
        name = _variable(str(one["loc"][0]))
        lines.append(f"{name}: {one.get('ctx', {}).get('error', one['msg'])}.")
    return lines


def _kept_secret(path: Path) -> str:
    """Read a secret from a file; make it when missing. Of several processes that try, one makes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        made = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        made.touch(mode=0o600)
        made.write_text(secrets.token_urlsafe(48))
        try:
            os.link(made, path)
        except FileExistsError:
            pass
        finally:
            made.unlink()
    return path.read_text().strip()
