"""How old a stored file without a document must be before it is deleted."""

from __future__ import annotations

DEFAULT_AGE_HOURS = 24.0
#: Hours that a file is left alone at least: longer than any upload and transaction can last.
MIN_AGE_HOURS = 1.0
