"""What must be true before something that a release of the server needs is dropped."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from alembic import op

from . import ddl
from .errors import MigrationError

_SAMPLES = 3


class ContractRefusedError(MigrationError):
    """Dropping what a release needs would lose data or break a server; the step was not begun."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must be the same in its old and its new place.

    Attributes:
        move: The data move that makes it so.
        table: The table whose rows are looked at.
        differs: SQL condition of a row that is not the same.
        what: For people.
        helps: What to do about it; without: to run the data move.
    """

    move: str
    table: str
    differs: str
    what: str
    helps: str = ""

    @property
    def help(self) -> str:
        """Say what to do about it."""
        return self.helps or f"Run: ablage-server db backfill {self.move}"


CHECKS = (
    Check(
        "extracted_text",
        "documents",
        "extracted_text IS NULL AND ocr_text IS NOT NULL",
        "documents whose text is only in ocr_text",
    ),
    # Only while the trigger is off can this come about, and nobody but the operator knows which is right.
    Check(
        "extracted_text",
        "documents",
        "extracted_text IS DISTINCT FROM ocr_text AND extracted_text IS NOT NULL",
        "documents whose ocr_text and extracted_text differ",
        "They were written without the trigger. To keep the new text, run: UPDATE documents SET "
        "ocr_text = extracted_text WHERE ocr_text IS DISTINCT FROM extracted_text; to keep the old one, "
        "the same with both names exchanged",
    ),
    Check(
        "confidence",
        "documents",
        "confidence_score_decimal IS DISTINCT FROM ablage_migrations.confidence_decimal(confidence_score) "
        "AND confidence_score_decimal::float8 IS DISTINCT FROM confidence_score",
        "documents whose confidence_score and confidence_score_decimal differ",
    ),
    Check(
        "merge_ocr_results",
        "documents",
        "ocr_result IS NULL AND EXISTS (SELECT FROM ablage_migrations.left_merge_ocr_results_up("
        "'merge_ocr_results', ARRAY[documents.id]))",
        "documents whose result is only in ocr_results",
    ),
    Check(
        "ocr_result_v2",
        "documents",
        "jsonb_typeof(ocr_result) = 'object' AND ocr_result ->> 'version' IS DISTINCT FROM '2.0'",
        "documents whose ocr_result is not in format 2.0",
    ),
    Check(
        "roles",
        "users",
        "role IS DISTINCT FROM ablage_migrations.primary_role(id)",
        "users whose role and user_roles differ",
    ),
)


def verify(*moves: str) -> None:
    """Refuse to go on while a row differs or a server of an old release is alive.

    Args:
        moves: Look only at what these data moves are about; none looks at everything, servers included.

    Raises:
        ContractRefusedError: With numbers, places and the command that helps for each reason.
    """
    checks = [check for check in CHECKS if not moves or check.move in moves]
    if ddl.offline():
        for check in checks:
            ddl.run(_as_script(check))
        return
    reasons = [reason for check in checks for reason in _differences(check)]
    if not moves:
        reasons += _servers(["0", "1"], ddl.options().quiet_minutes)
    _refuse("Release 2.0 would break or lose something", reasons)


def leave() -> None:
    """Refuse to go back while a server of release 2.0 is alive, which needs what the next steps drop.

    Raises:
        ContractRefusedError: With the places and what helps.
    """
    if not ddl.offline():
        _refuse("Servers of release 2.0 would stop working", _servers(["2"], ddl.options().quiet_minutes))


def _refuse(what: str, reasons: list[str]) -> None:
    if reasons:
        listed = "".join(f"\n  - {reason}" for reason in reasons)
        raise ContractRefusedError(f"{what}, so it goes no further than here:{listed}")


def _differences(check: Check) -> list[str]:
    bind = op.get_bind()
    rows: sa.Select[tuple[object]] = (
        sa.select(sa.column("id")).select_from(sa.table(check.table)).where(sa.text(check.differs))
    )
    count = bind.scalar(sa.select(sa.func.count()).select_from(rows.subquery()))
    if not count:
        return []
    samples = bind.scalars(rows.order_by(sa.column("id")).limit(_SAMPLES))
    places = ", ".join(map(str, samples))
    return [f"{count} {check.what} (for example {places}). {check.help}"]


def _servers(majors: list[str], quiet_minutes: float) -> list[str]:
    rows = op.get_bind().execute(
        sa.text("""
            SELECT release, coalesce(host, 'an unknown host'), instance_id,
                   round(extract(epoch FROM now() - seen_at))
            FROM ablage_migrations.heartbeats
            WHERE split_part(release, '.', 1) = ANY (CAST(:majors AS text[]))
                AND seen_at > now() - make_interval(secs => :seconds)
            ORDER BY seen_at DESC
        """),
        {"majors": majors, "seconds": quiet_minutes * 60},
    )
    return [
        f"release {release} was seen {seconds} s ago on {host} ({instance}). Stop it and wait "
        f"{quiet_minutes:g} minutes, or pass --quiet-minutes 0"
        for release, host, instance, seconds in rows
    ]


def _as_script(check: Check) -> str:
    return f"""DO $$
BEGIN
    IF EXISTS (SELECT FROM {check.table} WHERE {check.differs}) THEN
        RAISE EXCEPTION 'There are {check.what}. {check.help}';
    END IF;
END $$"""
