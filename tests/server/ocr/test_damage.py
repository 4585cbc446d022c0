"""Damaged copies of real documents: each ends with a result or a code, and within its time."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, get_args

import psutil
import pytest

from server_stub.ocr import OcrError, run, sniff
from server_stub.ocr.model import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .conftest import Maker

ROUNDS = 2
TIME_LIMIT = 120.0


def flip(data: bytearray, rng: random.Random) -> None:
    """Change single bytes, as a bad disk does."""
    for _ in range(rng.randint(1, 200)):
        data[rng.randrange(len(data))] = rng.randrange(256)


def cut(data: bytearray, rng: random.Random) -> None:
    """Lose the end, as a broken download does."""
    del data[rng.randrange(16, len(data)) :]


def hole(data: bytearray, rng: random.Random) -> None:
    """Zero a stretch, as a full disk does."""
    start = rng.randrange(16, len(data))
    data[start : start + 4096] = bytes(len(data[start : start + 4096]))


def shuffle(data: bytearray, rng: random.Random) -> None:
    """Repeat a stretch elsewhere."""
    start, target = rng.randrange(len(data)), rng.randrange(16, len(data))
    data[target:target] = data[start : start + 2048]


def numbers(data: bytearray, rng: random.Random) -> None:
    """Replace digits, which in a PDF are sizes, counts and references."""
    digits = [index for index, byte in enumerate(data) if chr(byte).isdigit()]
    for index in rng.sample(digits, min(len(digits), 40)):
        data[index] = ord(rng.choice("0123456789"))


@pytest.mark.parametrize("damage", [flip, cut, hole, shuffle, numbers], ids=lambda damage: damage.__name__)
@pytest.mark.parametrize(
    "name", ["invoice.pdf", "mixed.pdf", "minutes.tiff", "page.png", "page.jpg", "page.webp"]
)
async def test_a_damaged_copy_ends_with_a_result_or_a_code(
    examples: Path, make: Maker, name: str, damage: Callable[[bytearray, random.Random], None]
) -> None:
    path = examples / name
    if not path.exists():
        path = make.folder / name
        make.picture("Ein ganz gewöhnlicher Satz").save(path)
    rng = random.Random(f"{name} {damage.__name__}")
    for number in range(ROUNDS):
        data = bytearray(path.read_bytes())
        damage(data, rng)
        mime_type = sniff(bytes(data[:2048]))
        if mime_type is None:
            continue  # not accepted in the first place
        copy = make.file(f"damaged-{number}", bytes(data))
        code = await code_of(copy, mime_type)
        assert code in {"completed", *get_args(ErrorCode)} - {"OCR_TIMEOUT"}
    assert not psutil.Process().children(recursive=True)


async def code_of(path: Path, mime_type: str) -> str:
    try:
        result = await run(path, mime_type=mime_type, backend="auto", language="de", timeout=TIME_LIMIT)
    except OcrError as error:
        return error.code
    return "completed" if result.page_count > 0 else "completed without a page"
