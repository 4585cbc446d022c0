"""Settings from the environment and `.env`, old names, and mistakes that are told in words."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from server_stub.errors import SettingsError
from server_stub.settings import Settings, load_settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of whoever runs the tests has a say."""
    ours = ("DATABASE_URL", "SECRET_KEY", "OCR_", "MAX_", "REDIS_", "ENABLE_", "LEGACY_MODE", "OLD_API")
    for name in list(os.environ):
        if name.startswith(("ABLAGE_", *ours)):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_defaults_are_those_of_the_contract() -> None:
    settings = load_settings()
    assert settings.database_url is None
    assert settings.max_upload_bytes == 50 * 1024 * 1024
    assert settings.ocr_timeout_seconds == 300
    assert settings.enable_webhooks
    assert settings.api_versions == ("1.0", "2.0")
    assert settings.webhook_schedule_seconds == (0, 60, 300, 1800, 7200, 28800, 86400)


def test_arguments_win_over_the_environment_and_that_over_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("ABLAGE_PORT=1\nABLAGE_HOST=file\nOCR_BACKEND=tesseract\n")
    monkeypatch.setenv("ABLAGE_PORT", "2")
    monkeypatch.setenv("ABLAGE_HOST", "environment")
    settings = load_settings(port=3, host=None)
    assert (settings.port, settings.host, settings.ocr_backend) == (3, "environment", "tesseract")


@pytest.mark.parametrize(
    ("old", "value", "field", "expected"),
    [
        ("OCR_ENGINE", "tesseract", "ocr_backend", "tesseract"),
        ("MAX_FILE_SIZE", "1048576", "max_upload_bytes", 1048576),
        ("MAX_FILE_SIZE", "12345678", "max_upload_bytes", 12345678),
    ],
)
@pytest.mark.parametrize("where", ["environment", "file"])
def test_an_old_name_works_and_warns_with_the_new_one(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    old: str,
    value: str,
    field: str,
    expected: object,
    where: str,
) -> None:
    if where == "file":
        (tmp_path / ".env").write_text(f"{old}={value}\n")
    else:
        monkeypatch.setenv(old, value)
    assert getattr(load_settings(), field) == expected
    warning = caplog.records[0]
    assert warning.levelname == "WARNING"
    assert warning.old_name == old  # type: ignore[attr-defined]  # an extra of the record
    assert warning.new_name in {"OCR_BACKEND", "MAX_UPLOAD_SIZE_MB"}  # type: ignore[attr-defined]  # too


def test_old_and_new_name_may_agree_but_not_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_FILE_SIZE", str(10 * 1024 * 1024))
    monkeypatch.setenv("MAX_UPLOAD_SIZE_MB", "10")
    assert load_settings().max_upload_size_mb == 10
    monkeypatch.setenv("MAX_UPLOAD_SIZE_MB", "11")
    with pytest.raises(SettingsError, match="Delete MAX_FILE_SIZE"):
        load_settings()
    monkeypatch.delenv("MAX_FILE_SIZE")
    monkeypatch.setenv("REDIS_URL", "redis://:geheim@one")
    monkeypatch.setenv("REDIS_DSN", "redis://:geheim@two")
    with pytest.raises(SettingsError, match="Delete REDIS_URL") as caught:
        load_settings()
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("name", ["LEGACY_MODE", "OLD_API_ENABLED"])
def test_a_removed_setting_stops_the_start_with_its_replacement(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "false")
    with pytest.raises(SettingsError, match=rf"{name} was removed.*ABLAGE_API_VERSIONS"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("ABLAGE_PORT", "many", "ABLAGE_PORT: "),
        ("ABLAGE_API_VERSIONS", "3", "such as 1,2"),
        ("SECRET_KEY", "geheim", "openssl rand"),
        ("MAX_FILE_SIZE", "50MB", "whole number of bytes"),
        ("OCR_TIMEOUT_SECONDS", "-1", "OCR_TIMEOUT_SECONDS: "),
    ],
)
def test_a_wrong_value_is_told_by_the_name_that_was_set(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, hint: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert hint in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_nothing_but_what_is_wrong_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABLAGE_PORT", "99999")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value) == "ABLAGE_PORT: Input should be less than or equal to 65535."


def test_rate_limits_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABLAGE_RATE_LIMIT", "off")
    assert load_settings().rate_limit == ""


@pytest.mark.parametrize(
    ("value", "versions"), [("1", ("1.0",)), ("v2", ("2.0",)), ("2, 1", ("1.0", "2.0")), ("2.0", ("2.0",))]
)
def test_api_versions_are_named_as_people_name_them(
    monkeypatch: pytest.MonkeyPatch, value: str, versions: tuple[str, ...]
) -> None:
    monkeypatch.setenv("ABLAGE_API_VERSIONS", value)
    assert load_settings().api_versions == versions


def test_secrets_are_in_no_representation() -> None:
    settings = Settings.isolated(
        database_url="postgresql://me:geheim@host/x", secret_key="geheim" * 8, redis_dsn="redis://:geheim@x"
    )
    assert "geheim" not in repr(settings) + str(settings)


def test_a_secret_key_is_made_once_and_kept(tmp_path: Path) -> None:
    first = Settings.isolated(data_dir=tmp_path / "data").with_secret_key()
    second = Settings.isolated(data_dir=tmp_path / "data").with_secret_key()
    key = first.secret_key.get_secret_value()
    assert len(key) >= 32
    assert second.secret_key.get_secret_value() == key
    assert stat.S_IMODE((tmp_path / "data" / "secret-key").stat().st_mode) == 0o600
    given = Settings.isolated(data_dir=tmp_path / "data", secret_key="g" * 32).with_secret_key()
    assert given.secret_key.get_secret_value() == "g" * 32


def test_isolated_settings_do_not_look_at_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ABLAGE_PORT", "7")
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/x")
    settings = Settings.isolated()
    assert settings.port == 8000
    assert settings.database_url is None
