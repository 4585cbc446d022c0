"""Whether a text layer says what the page shows.

A font without a usable map to Unicode gives text that is there, has boxes, and means nothing: ``"7+%-``
where the page shows ``Phone``. Nothing in the PDF tells; the text itself and a look at the page do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from server_stub.ocr.ink import MIN_CONFIDENCE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server_stub.ocr.model import Word

# Text has at least this share of letters and digits among what is not blank…
_MIN_ALPHANUMERIC: Final = 0.6
# …and its Latin letters this share of vowels: 35–47 % in European languages, far off when shifted.
_VOWELS: Final = (0.2, 0.7)
_ENOUGH_LETTERS: Final = 40
_LATIN: Final = re.compile("[A-Za-zÀ-ÖØ-öø-ÿĀ-ž]")
_VOWEL: Final = re.compile("[AEIOUYaeiouyÀ-ÆÈ-ÏÒ-ÖØ-ÜÝà-æè-ïò-öø-üýÿĀ-ąĒ-ěĨ-ıŌ-œŨ-ų]")
_NOT_WORD: Final = re.compile(r"\W+")
# A layer that has fewer of the words that can be seen does not describe the page.
_MIN_AGREEMENT: Final = 0.3


def looks_like_text(words: Iterable[str]) -> bool:
    """Tell whether words could be text in some language, numbers included."""
    text = "".join(words)
    if not text:
        return True
    if sum(character.isalnum() for character in text) < _MIN_ALPHANUMERIC * len(text):
        return False
    letters = len(_LATIN.findall(text))
    low, high = _VOWELS
    return letters < _ENOUGH_LETTERS or low <= len(_VOWEL.findall(text)) / letters <= high


def agrees(layer: Iterable[Word], seen: Iterable[Word]) -> bool:
    """Tell whether a text layer has the words that recognition is sure to have seen."""
    known = {_plain(word.text) for word in layer}
    certain = [_plain(word.text) for word in seen if word.confidence >= MIN_CONFIDENCE]
    certain = [word for word in certain if word]
    return not certain or sum(word in known for word in certain) >= _MIN_AGREEMENT * len(certain)


def _plain(text: str) -> str:
    return _NOT_WORD.sub("", text).casefold()
