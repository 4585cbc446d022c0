"""The pages for maintainers name what there is: files, Python names, targets of the Makefile."""

from __future__ import annotations

import pkgutil
import re
import tomllib
from operator import attrgetter
from pathlib import Path

import pytest

from ablage_sdk import AblageSDK

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "development").glob("*.md"))
#: What stands in backticks outside of blocks.
_CODE = re.compile(r"`([^`\n]+)`")
_BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
_SUFFIXES = (".py", ".md", ".toml", ".sql", ".json", ".yml", ".txt", ".sh")
_TOP = {path.name for path in ROOT.iterdir()}


def spans(page: Path) -> list[str]:
    return sorted(set(_CODE.findall(_BLOCK.sub("", page.read_text()))))


def is_path(span: str) -> bool:
    if " " in span or "<" in span:
        return False
    return span.endswith(_SUFFIXES) or span.partition("/")[0] in _TOP


def exists(name: str) -> bool:
    """Tell whether a dotted name can be had; ``sdk`` is a client."""
    if name.startswith("sdk."):
        found = name.partition(".")[2]
        return callable(attrgetter(found)(AblageSDK("k")))
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True


CASES = [(page.name, span) for page in PAGES for span in spans(page)]
PATHS = [case for case in CASES if is_path(case[1])]
NAMES = [case for case in CASES if not is_path(case[1]) and _NAME.fullmatch(case[1])]
TARGETS = [
    (page.name, target)
    for page in PAGES
    for told in re.findall(r"(?:`|\$ )make ([a-z -]+)", page.read_text())
    for target in told.split()
]


@pytest.mark.parametrize(("page", "path"), PATHS)
def test_a_file_that_is_named_is_there(page: str, path: str) -> None:
    assert (ROOT / path).exists(), f"{page} names {path}"


@pytest.mark.parametrize(("page", "name"), NAMES)
def test_a_name_that_is_named_is_there(page: str, name: str) -> None:
    assert exists(name), f"{page} names {name}"


@pytest.mark.parametrize(("page", "target"), TARGETS)
def test_a_target_that_is_named_is_there(page: str, target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE), f"{page}: make {target}"


def test_the_floors_are_those_that_are_checked() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    checked = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    page = (ROOT / "docs" / "development" / "index.md").read_text()
    table = page[page.index("| floor |") : page.index("One exception is meant")]
    rows = [re.findall(r"server_stub/(\w+)", row.split("|")[1]) for row in table.splitlines()[2:] if row]
    assert [set(row) for row in rows] == [set(layer.split(" | ")) for layer in checked]


def test_what_is_gone_is_noticed() -> None:
    assert is_path("server_stub/storage/gone.py")
    assert not (ROOT / "server_stub/storage/gone.py").exists()
    assert not exists("server_stub.services.uploads.gone")
    assert not exists("server_stub.gone.upload")
    assert (len(PAGES), len(PATHS) > 100, len(NAMES) > 50, len(TARGETS) > 5) == (7, True, True, True)
