"""Settings in .env, docker-compose and Kubernetes files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML

from ablage_client_compat.migrate.env.dotenv import migrate_env
from ablage_client_compat.migrate.env.files import migrate_config, write_config
from ablage_client_compat.migrate.env.yaml import migrate_yaml

if TYPE_CHECKING:
    from pathlib import Path

ADDED = "OCR_TIMEOUT_SECONDS=300\nENABLE_WEBHOOKS=true\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("OCR_ENGINE=auto\n", "OCR_BACKEND=auto\n" + ADDED),
        ("export OCR_ENGINE = 'auto'  # why\n", "export OCR_BACKEND = 'auto'  # why\n" + ADDED),
        ("# first\nMAX_FILE_SIZE=1\nX=1\n", "# first\nMAX_UPLOAD_SIZE_MB=1\nX=1\n" + ADDED),
        ("MAX_FILE_SIZE=52428800\n", "MAX_UPLOAD_SIZE_MB=50\n" + ADDED),
        ('MAX_FILE_SIZE="52428801"\n', 'MAX_UPLOAD_SIZE_MB="51"\n' + ADDED),
        ("REDIS_URL=redis://x/0#1\n", "REDIS_DSN=redis://x/0#1\n"),
        ("A=1\nLEGACY_MODE=true # old\nB=2", "A=1\nB=2\n" + ADDED),
        ("OCR_ENGINE=a\nOCR_BACKEND=a\n", "OCR_BACKEND=a\n" + ADDED),
        ("OCR_ENGINE=${OCR_ENGINE:-x}\n", "OCR_BACKEND=${OCR_BACKEND:-x}\n" + ADDED),
        ("OCR_ENGINE=a\r\n", "OCR_BACKEND=a\r\nOCR_TIMEOUT_SECONDS=300\r\nENABLE_WEBHOOKS=true\r\n"),
        (
            'OCR_ENGINE=a\nKEY="two\nOCR_ENGINE=lines"\n',
            'OCR_BACKEND=a\nKEY="two\nOCR_ENGINE=lines"\n' + ADDED,
        ),
        ("ABLAGE_API_KEY=x\n", "ABLAGE_API_KEY=x\n"),
        ("# OCR_ENGINE=a\n", "# OCR_ENGINE=a\n"),
    ],
)
def test_env_file(old: str, new: str) -> None:
    assert migrate_env(old)[0] == new
    assert migrate_env(new)[0] == new


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("OCR_ENGINE=a\nOCR_BACKEND=b\n", "OCR_ENGINE and OCR_BACKEND disagree"),
        ("MAX_FILE_SIZE=5\nMAX_UPLOAD_SIZE_MB=9\n", "MAX_FILE_SIZE and MAX_UPLOAD_SIZE_MB disagree"),
        ("MAX_FILE_SIZE=many\n", "MAX_FILE_SIZE is many"),
        ("MAX_FILE_SIZE=0\n", "MAX_FILE_SIZE is 0"),
        ("MAX_FILE_SIZE=-1\n", "MAX_FILE_SIZE is -1"),
        ("MAX_FILE_SIZE=\n", "MAX_FILE_SIZE is empty"),
        ("OCR_ENGINE=a\nOCR_ENGINE=b\n", "OCR_ENGINE is set 2 times, of which the last counts"),
        ("MAX_FILE_SIZE=${LIMIT}\n", "MAX_FILE_SIZE is ${LIMIT}"),
    ],
)
def test_what_only_a_person_can_decide_stays(source: str, problem: str) -> None:
    new, made = migrate_env(source)
    assert new.startswith(source)
    assert problem in made.problems[0]


COMPOSE = """\
services:
  api:               # the archive
    image: registry.example.com/ablage:1.4
    environment:
      - OCR_ENGINE=${OCR_ENGINE:-auto}   # engine
      - "MAX_FILE_SIZE=52428801"
      - LEGACY_MODE=true
      - REDIS_URL=redis://redis
  worker:
    environment:
      OCR_ENGINE: 'auto'   # engine
      MAX_FILE_SIZE: 1048576
      OLD_API_ENABLED: "false"
    command: worker
  other:
    environment: {REDIS_URL: redis://redis, A: b}
"""
COMPOSE_NEW = """\
services:
  api:               # the archive
    image: registry.example.com/ablage:1.4
    environment:
      - OCR_BACKEND=${OCR_BACKEND:-auto}   # engine
      - "MAX_UPLOAD_SIZE_MB=51"
      - REDIS_DSN=redis://redis
      - OCR_TIMEOUT_SECONDS=300
      - ENABLE_WEBHOOKS=true
  worker:
    environment:
      OCR_BACKEND: 'auto'   # engine
      MAX_UPLOAD_SIZE_MB: 1
      OCR_TIMEOUT_SECONDS: "300"
      ENABLE_WEBHOOKS: "true"
    command: worker
  other:
    environment: {REDIS_URL: redis://redis, A: b}
"""
KUBERNETES = """\
kind: Deployment
spec:
  containers:
    - name: api
      env:
        # engine
        - name: OCR_ENGINE
          value: auto
        - name: LEGACY_MODE
          value: "true"
        - {name: MAX_FILE_SIZE, value: "1048577"}
        - name: REDIS_URL
          valueFrom:
            secretKeyRef: {name: redis, key: url}
---
kind: ConfigMap
data:
  OCR_ENGINE: auto
---
kind: Service
data:
  OCR_ENGINE: not a setting
"""
KUBERNETES_NEW = """\
kind: Deployment
spec:
  containers:
    - name: api
      env:
        # engine
        - name: OCR_BACKEND
          value: auto
        - {name: MAX_UPLOAD_SIZE_MB, value: "2"}
        - name: REDIS_DSN
          valueFrom:
            secretKeyRef: {name: redis, key: url}
        - name: OCR_TIMEOUT_SECONDS
          value: "300"
        - name: ENABLE_WEBHOOKS
          value: "true"
---
kind: ConfigMap
data:
  OCR_BACKEND: auto
  OCR_TIMEOUT_SECONDS: "300"
  ENABLE_WEBHOOKS: "true"
---
kind: Service
data:
  OCR_ENGINE: not a setting
"""


@pytest.mark.parametrize(("old", "new"), [(COMPOSE, COMPOSE_NEW), (KUBERNETES, KUBERNETES_NEW)])
def test_yaml_file(old: str, new: str) -> None:
    assert migrate_yaml(old)[0] == new
    assert migrate_yaml(new)[0] == new


def test_flow_style_yaml() -> None:
    old = "services: {api: {environment: {OCR_ENGINE: auto, LEGACY_MODE: 1, X: y}}}\n"
    new = (
        "services: {api: {environment: {OCR_BACKEND: auto, X: y, "
        'OCR_TIMEOUT_SECONDS: "300", ENABLE_WEBHOOKS: "true"}}}\n'
    )
    assert migrate_yaml(old)[0] == new


@pytest.mark.parametrize(
    "written",
    [
        'environment: {LEGACY_MODE: "true"}',
        'environment: {OCR_ENGINE: auto, LEGACY_MODE: "true"}',
        'environment: {LEGACY_MODE: "true", OCR_ENGINE: auto}',
        "environment: [LEGACY_MODE=true]",
        "environment: [OCR_ENGINE=auto, LEGACY_MODE=true]",
        'env: [{name: LEGACY_MODE, value: "true"}, {name: OCR_ENGINE, value: auto}]',
        'env:\n      - {name: OCR_ENGINE, value: auto}\n      - {name: LEGACY_MODE, value: "true"}',
    ],
)
def test_flow_style_without_a_removed_setting_is_still_yaml(written: str) -> None:
    source = f"services:\n  ablage:\n    image: ablage/server\n    {written}\n"
    new, _ = migrate_yaml(source)
    assert YAML(typ="safe").load(new)["services"]["ablage"]["image"] == "ablage/server"
    assert "LEGACY_MODE" not in new
    assert "OCR_ENGINE" not in new
    assert "OCR_TIMEOUT_SECONDS" in new


@pytest.mark.parametrize(
    "note",
    ['"say \\"$OCR_ENGINE\\" twice"', "'a ''b'' $OCR_ENGINE'"],
)
def test_values_with_escapes_are_left_to_a_person(note: str) -> None:
    source = f"services:\n  ablage:\n    environment:\n      OCR_ENGINE: auto\n      NOTE: {note}\n"
    new, made = migrate_yaml(source)
    assert f"NOTE: {note}\n" in new
    assert "OCR_BACKEND: auto" in new
    assert any("NOTE is written with escapes" in problem for problem in made.problems)


def test_a_name_that_is_set_twice_keeps_what_refers_to_it() -> None:
    source = "REDIS_URL=a\nREDIS_URL=b\nX=${REDIS_URL}/1\n"
    new, made = migrate_env(source)
    assert new.startswith(source)
    assert any("REDIS_URL is set 2 times" in problem for problem in made.problems)


def test_writing_keeps_a_backup(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("OCR_ENGINE=auto\n")
    path.chmod(0o600)
    config = migrate_config(path)
    write_config(config)
    assert path.read_text().startswith("OCR_BACKEND=auto\n")
    assert path.stat().st_mode & 0o777 == 0o600
    assert config.backup is not None
    assert config.backup.read_text() == "OCR_ENGINE=auto\n"
    assert not migrate_config(path).changed


@pytest.mark.parametrize(
    ("name", "content"), [("a.yml", "a: [1"), ("a.txt", "just words"), ("b.env", "\xff")]
)
def test_what_is_no_such_file_is_an_error(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_bytes(content.encode("latin-1"))
    assert migrate_config(path).error


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("50MB", "50"),
        ("50 MiB", "50"),
        ("'50m'", "'50'"),
        ("0.5GB", "512"),
        ("1025 kb", "2"),
        ("50_000_000", "48"),
        ("${MAX_FILE_SIZE:-50MB}", "${MAX_UPLOAD_SIZE_MB:-50}"),
    ],
)
def test_sizes_with_units(old: str, new: str) -> None:
    changed, made = migrate_env(f"MAX_FILE_SIZE={old}\n")
    assert changed.splitlines()[0] == f"MAX_UPLOAD_SIZE_MB={new}"
    assert made.problems == []


def test_other_variables_follow_the_new_names() -> None:
    changed, made = migrate_env(
        "REDIS_URL=redis://x\nCACHE=${REDIS_URL}/1\nMAX_FILE_SIZE=1\nN=$MAX_FILE_SIZE\n"
    )
    assert changed.startswith("REDIS_DSN=redis://x\nCACHE=${REDIS_DSN}/1\n")
    assert made.problems == ["N refers to MAX_FILE_SIZE, in bytes: MAX_UPLOAD_SIZE_MB is in megabytes"]


ANCHORS = """\
x-common: &common
  OCR_ENGINE: &engine auto
  ENABLE_WEBHOOKS: "false"
services:
  api:
    image: ablage/server
    environment:
      <<: *common
      REDIS_URL: redis://redis
      OTHER: *engine
      LEGACY_MODE: *engine
  worker:
    image: ablage/worker
    environment: &list
      - OCR_ENGINE=tesseract
      - "MAX_FILE_SIZE=1048577"
      - REDIS_URL
  second:
    image: ablage/worker
    environment: *list
"""
ANCHORS_NEW = """\
x-common: &common
  OCR_BACKEND: &engine auto
  ENABLE_WEBHOOKS: "false"
services:
  api:
    image: ablage/server
    environment:
      <<: *common
      REDIS_DSN: redis://redis
      OTHER: *engine
  worker:
    image: ablage/worker
    environment: &list
      - OCR_BACKEND=tesseract
      - "MAX_UPLOAD_SIZE_MB=2"
      - REDIS_DSN
      - OCR_TIMEOUT_SECONDS=300
      - ENABLE_WEBHOOKS=true
  second:
    image: ablage/worker
    environment: *list
"""
KEYS = """\
kind: Secret
metadata: {name: ablage}
stringData:
  REDIS_URL: redis://:secret@redis
data:
  MAX_FILE_SIZE: NTI0Mjg4MDA=
---
kind: Deployment
spec:
  containers:
    - image: ablage
      env:
        - name: REDIS_URL
          valueFrom:
            secretKeyRef: {name: ablage, key: REDIS_URL}
        - name: OCR_ENGINE
          valueFrom:
            configMapKeyRef:
              name: elsewhere
              key: OCR_ENGINE
---
kind: ConfigMap
metadata:
  name: limits
data:
  MAX_FILE_SIZE: "52428800"
---
kind: Pod
spec:
  containers:
    - image: ablage
      env:
        - name: MAX_FILE_SIZE
          valueFrom:
            configMapKeyRef: {name: limits, key: MAX_FILE_SIZE}
"""


def test_what_anchors_share_is_changed_once_where_it_stands() -> None:
    assert migrate_yaml(ANCHORS)[0] == ANCHORS_NEW
    assert migrate_yaml(ANCHORS_NEW)[0] == ANCHORS_NEW


def test_keys_of_config_maps_and_secrets_are_renamed_with_what_refers_to_them() -> None:
    new, made = migrate_yaml(KEYS)
    assert "stringData:\n  REDIS_DSN: redis://:secret@redis\n" in new
    assert "key: REDIS_DSN}" in new
    assert 'MAX_UPLOAD_SIZE_MB: "50"' in new
    assert "configMapKeyRef: {name: limits, key: MAX_UPLOAD_SIZE_MB}" in new
    assert "data:\n  MAX_FILE_SIZE: NTI0Mjg4MDA=\n---" in new  # in Base64, and nothing is added to a Secret
    assert made.problems == [
        "MAX_FILE_SIZE is set elsewhere: write MAX_UPLOAD_SIZE_MB in megabytes yourself, rounded up",
        "OCR_ENGINE is the key OCR_ENGINE of elsewhere, in another file: rename the key there and here",
    ]
    assert "secret@" not in "".join(made.notes)
