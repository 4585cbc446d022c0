from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ablage_client_compat.migrate.code.rewriter import rewrite

if TYPE_CHECKING:
    from tests.compat.corpus.conftest import RunProgram

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.py"))


def test_there_are_enough_programs() -> None:
    assert len(PROGRAMS) >= 60


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_rewritten_program_does_the_same(program: Path, tmp_path: Path, run_program: RunProgram) -> None:
    source = program.read_text(encoding="utf-8")
    rewritten = rewrite(source).source
    assert "ablage_client" not in rewritten
    after = tmp_path / f"{program.stem}_after.py"
    after.write_text(rewritten, encoding="utf-8")

    old = run_program(
        "before", ["-W", "ignore::DeprecationWarning", "-m", "ablage_client_compat", str(program)]
    )
    new = run_program("after", ["-W", "error::DeprecationWarning", str(after)])

    assert old.code == 0, old.errors
    assert old.output
    assert new.code == 0, new.errors
    assert new.output == old.output
    assert new.files == old.files


@pytest.mark.parametrize("name", ["a02_batch_folder", "a34_main"])
def test_program_that_became_asynchronous_does_the_same(
    name: str, tmp_path: Path, run_program: RunProgram
) -> None:
    program = PROGRAMS[0].with_name(f"{name}.py")
    done = rewrite(program.read_text(encoding="utf-8"), asynchronous=True)
    assert done.marks == []
    assert "asyncio.run(main(" in done.source
    after = tmp_path / "after.py"
    after.write_text(done.source, encoding="utf-8")

    old = run_program(
        "before", ["-W", "ignore::DeprecationWarning", "-m", "ablage_client_compat", str(program)]
    )
    new = run_program("after", ["-W", "error::DeprecationWarning", str(after)])

    assert new.code == 0, new.errors
    assert new.output == old.output


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_second_run_changes_nothing(program: Path) -> None:
    once = rewrite(program.read_text(encoding="utf-8")).source
    assert rewrite(once).source == once
