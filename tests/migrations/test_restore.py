"""`db backup` and `db restore`: whatever goes wrong, the live database is as it was before."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest
from typer.testing import CliRunner

from server_stub.cli.db.app import app
from server_stub.migrations.loop import run_async
from server_stub.migrations.url import parse
from server_stub.operations.dump import manifest, programs
from server_stub.storage import queue_schema
from tests.patience import patient
from tests.soak import rounds

from .conftest import Populated, start_cluster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .conftest import Cluster, Sql

COMMAND = str(Path(sys.executable).with_name("ablage-server"))
#: For what does not depend on the version of PostgreSQL.
ONE_VERSION = pytest.mark.parametrize("cluster", ["embedded"], indirect=True)
NEWEST = "SELECT max(nspname) FROM pg_namespace WHERE nspname ~ '^ablage_before.*z$'"
NEIGHBOURS = """
    CREATE TABLE ledger (id int PRIMARY KEY, amount numeric);
    INSERT INTO ledger SELECT n, n / 3.0 FROM generate_series(1, 20) n;
    CREATE FUNCTION total() RETURNS numeric LANGUAGE sql AS 'SELECT sum(amount) FROM ledger';
    CREATE VIEW sums AS SELECT total() AS total;
    INSERT INTO users (email) SELECT 'live' || n || '@example.org' FROM generate_series(1, 30) n;
    CREATE SCHEMA other;
    CREATE TABLE other.documents (id int);
    INSERT INTO other.documents VALUES (1);
"""


@dataclass
class Place:
    """A live database that holds more than Ablage, and a backup of another one."""

    cluster: Cluster
    url: str
    file: Path
    sql: Sql

    def run(self, *arguments: str, url: str | None = None) -> Any:
        return CliRunner().invoke(app, [*arguments, "--database-url", url or self.url])

    def restore(self, *arguments: str, url: str | None = None) -> Any:
        return self.run("restore", str(self.file), "--clean", "--yes", *arguments, url=url)

    def dump(self) -> str:
        """Everything in the database, what restores kept aside."""
        done = subprocess.run(
            [self.cluster.programs / "pg_dump", f"--dbname={self.url}", "--exclude-schema=ablage_before*"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return re.sub(r"^\\(un)?restrict .*$", "", done.stdout, flags=re.MULTILINE)

    def schemas(self) -> list[object]:
        found = self.sql(
            "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'ablage%' OR nspname = 'public' ORDER BY 1"
        )
        return [row["nspname"] for row in found]

    def rewrite(self, change: Callable[[bytes], bytes]) -> None:
        """Change the file, and let its manifest say that it is as it was made."""
        self.file.write_bytes(change(self.file.read_bytes()))
        self.claim(sha256=manifest.sha256(self.file))

    def claim(self, **what: object) -> None:
        beside = manifest.manifest_of(self.file)
        beside.write_text(json.dumps(json.loads(beside.read_text()) | what))

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        before = self.dump(), self.schemas()
        yield
        assert (self.dump(), self.schemas()) == before


@pytest.fixture(scope="module")
def prepared(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A database to copy, and a backup of one of release 1.0; both have a queue."""
    saved, live = f"saved_{uuid4().hex}", f"live_{uuid4().hex}"
    runner = CliRunner()

    def made(*arguments: str) -> str:
        result = runner.invoke(app, [*arguments])
        assert result.exit_code == 0, result.output
        return result.stdout

    for name in (saved, live):
        cluster.execute(f"CREATE DATABASE {name}")
    made("upgrade", "v0.9", "--database-url", cluster.url(saved))
    Populated(cluster.url(saved))
    made("upgrade", "v1.0", "--database-url", cluster.url(saved))
    made("upgrade", "v2.0-expand", "--database-url", cluster.url(live))
    for name in (saved, live):
        run_async(queue_schema.ensure(parse(cluster.url(name))))
    with psycopg.connect(cluster.url(live)) as connection:
        connection.execute(NEIGHBOURS.encode())
    directory = str(tmp_path_factory.mktemp("backup"))
    written = made("backup", directory, "--database-url", cluster.url(saved), "--json")
    cluster.execute(f"DROP DATABASE {saved} WITH (FORCE)")
    yield live, Path(json.loads(written)["file"])
    cluster.execute(f"DROP DATABASE {live} WITH (FORCE)")


@pytest.fixture
def place(cluster: Cluster, prepared: tuple[str, Path], sql: type[Sql], tmp_path: Path) -> Iterator[Place]:
    template, backup = prepared
    name = f"place_{uuid4().hex}"
    cluster.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    file = tmp_path / backup.name
    file.write_bytes(backup.read_bytes())
    manifest.manifest_of(file).write_bytes(manifest.manifest_of(backup).read_bytes())
    url = cluster.url(name)
    yield Place(cluster, url, file, sql(url))
    cluster.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def role(place: Place) -> Iterator[str]:
    """A role of its own."""
    name = f"role_{uuid4().hex[:8]}"
    place.sql(f"CREATE ROLE {name} LOGIN")
    yield name
    place.sql(f"DROP OWNED BY {name} CASCADE")
    place.sql(f"DROP ROLE {name}")


def test_a_restore_replaces_what_is_ours_keeps_it_and_brings_it_back(place: Place, role: str) -> None:
    place.sql(f"GRANT SELECT, INSERT, DELETE ON users, user_roles, roles TO {role}")
    place.sql(f"GRANT UPDATE (email) ON users TO {role}")
    place.sql(f"GRANT USAGE ON SCHEMA ablage_jobs TO {role}")
    place.sql("REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA ablage_jobs FROM PUBLIC")
    before = place.dump()
    done = place.restore("--json")
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert place.sql.one("SELECT count(*) FROM documents") == result["rows"]["public.documents"] == 234
    assert "missing" not in place.run("check").output
    assert json.loads(place.run("current", "--json").stdout)["release"] == "v1.0"
    assert place.sql.one("SELECT total FROM sums") == place.sql.one("SELECT sum(amount) FROM ledger")
    assert place.sql.one("SELECT count(*) FROM other.documents") == 1
    assert place.sql("SELECT nspname FROM pg_namespace WHERE nspname ~ 'ablage_(aside|next)'") == []
    as_application = type(place.sql)(place.url.replace("postgres@", f"{role}@"))
    as_application("INSERT INTO users (email, role) VALUES ('new@example.org', 'viewer')")
    as_application("UPDATE users SET email = 'newer@example.org' WHERE email = 'new@example.org'")
    assert place.sql.one(
        "SELECT bool_or(has_function_privilege(%s, oid, 'EXECUTE')) FROM pg_proc "
        "WHERE pronamespace = 'ablage_jobs'::regnamespace", role
    ) is False  # fmt: skip
    again = place.run("restore", "--bring-back", result["kept"], "--yes", "--json")
    assert again.exit_code == 0, again.output
    assert place.dump() == before
    assert place.run("restore", "--drop-old", "--yes").exit_code == 0
    assert place.schemas() == ["ablage_jobs", "ablage_migrations", "public"]
    assert place.dump() == before


def _refused(result: Any, says: str) -> None:
    assert result.exit_code == 1, result.output
    assert "Traceback" not in result.output
    assert says in result.stderr.replace("\n", " "), result.stderr
    assert result.stderr.count("\n") == 1, result.stderr


def _flip(at: float) -> Callable[[bytes], bytes]:
    def flip(content: bytes) -> bytes:
        position = int(len(content) * at)
        return content[:position] + bytes([content[position] ^ 0x20]) + content[position + 1 :]

    return flip


def _of_version_99(content: bytes) -> bytes:
    return content[:6] + bytes([99]) + content[7:]


def _claims(**what: object) -> Callable[[Place], None]:
    return lambda place: place.claim(**what)


def _changed(change: Callable[[bytes], bytes]) -> Callable[[Place], object]:
    return lambda place: place.file.write_bytes(change(place.file.read_bytes()))


def _becomes(change: Callable[[bytes], bytes]) -> Callable[[Place], None]:
    return lambda place: place.rewrite(change)


DAMAGES: dict[str, tuple[Callable[[Place], object], str]] = {
    "no file": (lambda place: place.file.unlink(), "There is no file"),
    "no manifest": (lambda place: manifest.manifest_of(place.file).unlink(), "cannot be verified"),
    "half a manifest": (lambda place: manifest.manifest_of(place.file).write_text("{"), "is damaged"),
    "an unknown manifest": (_claims(sort="new"), "is damaged"),
    "another checksum": (_claims(sha256="0" * 64), "is damaged"),
    "a byte changed": (
        lambda place: place.file.write_bytes(_flip(0.5)(place.file.read_bytes())),
        "is damaged",
    ),
    "cut off": (_changed(lambda content: content[:-200]), "is damaged"),
    "cut off, not told": (_becomes(lambda content: content[: len(content) // 2]), "cannot be read"),
    "cut off near the end, not told": (_becomes(lambda content: content[:-40]), ""),
    "empty": (_becomes(lambda _: b""), "cannot be read"),
    "no dump": (_becomes(lambda _: b"CREATE TABLE x ();\n" * 90), "cannot be read"),
    "of a later version": (
        _becomes(lambda content: content[:6] + b"\x63" + content[7:]),
        "unsupported version",
    ),
    "more rows claimed": (_claims(rows={"public.documents": 999}), "does not hold all rows"),
    "other hashes claimed": (
        _claims(hashes={"public.documents": "1/2"}),
        "not those of the backup's manifest",
    ),
    "far too big": (_claims(bytes=1 << 60), "not enough room"),
}


@pytest.mark.parametrize("damage", DAMAGES)
@ONE_VERSION
def test_a_damaged_backup_changes_nothing(place: Place, damage: str) -> None:
    do, says = DAMAGES[damage]
    do(place)
    with place.unchanged():
        _refused(place.restore(), says)


@ONE_VERSION
def test_a_byte_changed_and_not_told_never_goes_unnoticed(place: Place) -> None:
    content = place.file.read_bytes()
    for _ in range(rounds(usual=2, soak=100)):
        at = random.random()
        place.file.write_bytes(_flip(at)(content))
        place.claim(sha256=manifest.sha256(place.file))
        with place.unchanged():
            result = place.restore()
            if result.exit_code == 0:  # a letter of a comment, or a time in its head
                kept = place.sql.one(
                    "SELECT max(nspname) FROM pg_namespace WHERE nspname ~ '^ablage_before.*z$'"
                )
                assert place.run("restore", "--bring-back", str(kept), "--yes").exit_code == 0
                assert place.run("restore", "--drop-old", "--yes").exit_code == 0
            assert "Traceback" not in result.output


IN_THE_WAY = {
    "CREATE VIEW v AS SELECT id, ocr_text FROM documents": "view v",
    "CREATE MATERIALIZED VIEW m AS SELECT email FROM users": "materialized view m",
    "CREATE PUBLICATION p FOR TABLE documents": "publication",
    "CREATE TABLE notes (document uuid REFERENCES documents)": "table notes",
    "CREATE POLICY mine ON documents USING (true)": "policy mine on table documents",
    "CREATE TRIGGER audit BEFORE UPDATE ON users FOR EACH ROW "
    "EXECUTE FUNCTION suppress_redundant_updates_trigger()": "trigger audit on table users",
    "CREATE RULE quiet AS ON DELETE TO users DO INSTEAD NOTHING": "rule quiet on table users",
    "CREATE STATISTICS s ON user_id, status FROM documents": "statistics object s",
    "CREATE TABLE archived () INHERITS (documents)": "table archived",
    "CREATE TABLE history (was documents)": "history",
    "CREATE FUNCTION newest() RETURNS timestamptz BEGIN ATOMIC SELECT max(created_at) FROM documents; END":
    "function newest()",
    "CREATE TABLE jobs (state ablage_jobs.procrastinate_job_status)": "table jobs",
}  # fmt: skip


@ONE_VERSION
def test_what_holds_on_to_our_tables_is_named_before_anything_is_done(place: Place) -> None:
    for statement in IN_THE_WAY:
        place.sql(statement)
    with place.unchanged():
        result = place.restore()
        for name in IN_THE_WAY.values():
            _refused(result, name)
        assert "Nothing was changed." in result.stderr


STEPS = ["ALTER SCHEMA", "CREATE SCHEMA", "CREATE FUNCTION", "CREATE TABLE", "CREATE INDEX",
         "CREATE TRIGGER", "ALTER TABLE", "COMMENT", "GRANT", "DROP SCHEMA"]  # fmt: skip


@pytest.mark.parametrize("step", STEPS)
@ONE_VERSION
def test_an_error_at_any_step_leaves_the_database_exactly_as_before(place: Place, step: str) -> None:
    place.sql(
        "CREATE FUNCTION fail() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE disk_full USING MESSAGE = 'could not extend file: No space left on device'; END $$"
    )
    place.sql(f"CREATE EVENT TRIGGER fail ON ddl_command_end WHEN TAG IN ('{step}') EXECUTE FUNCTION fail()")
    with place.unchanged():
        result = place.restore()
        _refused(result, "the disk is full (could not extend file: No space left on device).")
        assert "The database is exactly as before." in result.stderr


@ONE_VERSION
@pytest.mark.parametrize("right", ["nothing", "schemas", "read-only"])
def test_a_role_without_the_rights_is_told_which_and_changes_nothing(
    place: Place, role: str, right: str
) -> None:
    says = "lacks the ownership of"
    if right == "schemas":
        place.sql(f"GRANT CREATE ON DATABASE {parse(place.url).database} TO {role}")
    if right == "read-only":
        place.sql(f"ALTER ROLE {role} SET default_transaction_read_only = on")
        says = "is set to read-only"
    place.sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    with place.unchanged():
        _refused(place.restore(url=place.url.replace("postgres@", f"{role}@")), says)


def test_a_transaction_in_the_way_of_the_exchange_is_named(place: Place) -> None:
    with place.unchanged(), psycopg.connect(place.url, application_name="nightly report") as other:
        other.execute("SELECT count(*) FROM documents")
        result = place.restore("--wait", "0.1")
    _refused(result, "left no room to exchange the tables: nightly report of postgres")


def test_a_migration_that_runs_is_waited_for(place: Place) -> None:
    with place.unchanged(), psycopg.connect(place.url, application_name="ablage-migrate") as other:
        other.execute("SELECT pg_advisory_lock(%s, %s)", [0x41626C61, 0x6765])
        _refused(place.restore("--wait", "0.1"), "a migration or another restore is running")


def test_a_connection_that_is_cut_leaves_the_database_exactly_as_before(place: Place) -> None:
    ends = threading.Event()

    def cut() -> None:
        with psycopg.connect(place.url, autocommit=True) as other:
            while not ends.is_set():
                other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE application_name = 'ablage-server db' AND query ~ 'ANALYZE|COPY|CREATE INDEX' "
                    "AND datname = current_database()"
                )
                time.sleep(0.002)

    with place.unchanged():
        cutter = threading.Thread(target=cut)
        cutter.start()
        result = place.restore()
        ends.set()
        cutter.join()
        _refused(result, "The database is exactly as before.")


def test_a_restore_that_is_killed_at_any_moment_leaves_one_or_the_other(place: Place) -> None:
    command = [COMMAND, "db", "restore", str(place.file), "--clean", "--yes", "--database-url", place.url]
    for _ in range(rounds(usual=2, soak=60)):
        before = place.dump()
        with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as killed:
            time.sleep(random.uniform(0.9, 2.5))
            killed.send_signal(signal.SIGKILL)
        while place.sql.one(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND application_name = 'ablage-server db'"
        ):
            time.sleep(0.02)
        kept = place.sql.one(NEWEST)
        if kept is not None:  # it had finished
            assert place.run("restore", "--bring-back", str(kept), "--yes").exit_code == 0
            assert place.run("restore", "--drop-old", "--yes").exit_code == 0
        assert place.dump() == before
        assert place.schemas() == ["ablage_jobs", "ablage_migrations", "public"]


@ONE_VERSION
@pytest.mark.parametrize("spare", [200, 1000])
def test_a_full_disk_leaves_the_database_exactly_as_before(
    place: Place, cluster: Cluster, spare: int
) -> None:
    disk = cluster.directory / f"disk{spare}"
    disk.mkdir()
    name = parse(place.url).database
    size = int(str(place.sql.one("SELECT pg_database_size(current_database())"))) + (spare << 10)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", disk], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("a small disk can only be mounted as root")
    try:
        if cluster.account is not None:
            shutil.chown(disk, cluster.account)
        cluster.execute(f"CREATE TABLESPACE disk{spare} LOCATION '{disk}'")
        cluster.execute(f"ALTER DATABASE {name} SET TABLESPACE disk{spare}")
        with place.unchanged():
            _refused(place.restore(), "the disk is full")
        cluster.execute(f"ALTER DATABASE {name} SET TABLESPACE pg_default")
        cluster.execute(f"DROP TABLESPACE disk{spare}")
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


@ONE_VERSION
def test_a_backup_comes_back_on_another_version_of_postgresql(place: Place, tmp_path: Path) -> None:
    for other in start_cluster("debian"):
        other.execute("CREATE DATABASE older")
        older = other.url("older")
        up = place.run("restore", str(place.file), "--json", url=older)
        assert up.exit_code == 0, up.output
        made = json.loads(place.run("backup", str(tmp_path / "older"), "--json", url=older).stdout)
        assert (
            made["hashes"].items()
            >= json.loads(manifest.manifest_of(place.file).read_text())["hashes"].items()
        )
        back = place.run("restore", made["file"], "--clean", "--yes", "--json")
        assert back.exit_code == 0, back.output
        assert json.loads(back.stdout)["rows"] == made["rows"]
        assert json.loads(back.stdout)["left_out"] == []


def test_limits_of_a_role_end_neither_a_backup_nor_a_restore(place: Place, role: str, tmp_path: Path) -> None:
    place.sql(f"ALTER ROLE {role} SUPERUSER")
    place.sql(f"ALTER ROLE {role} SET idle_in_transaction_session_timeout = '250ms'")
    place.sql(f"ALTER ROLE {role} SET statement_timeout = '250ms'")
    place.sql(
        "CREATE FUNCTION linger() RETURNS event_trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_sleep(0.3); END $$"
    )
    place.sql(
        "CREATE EVENT TRIGGER slow ON ddl_command_end WHEN TAG IN ('COMMENT') EXECUTE FUNCTION linger()"
    )
    url = place.url.replace("postgres@", f"{role}@")
    assert place.run("backup", str(tmp_path / "made"), url=url).exit_code == 0
    done = place.restore(url=url)
    assert done.exit_code == 0, done.output
    owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname ~ '^(public|ablage_.*)$'"
    assert place.sql.one(owners) == "postgres"


def test_readers_hardly_notice_the_exchange(place: Place) -> None:
    ends = threading.Event()
    stalls: list[float] = []

    def read() -> None:
        with psycopg.connect(place.url, autocommit=True) as reader:
            while not ends.is_set():
                begin = time.perf_counter()
                reader.execute("SELECT count(*) FROM documents")
                stalls.append(time.perf_counter() - begin)

    reading = threading.Thread(target=read)
    reading.start()
    done = place.restore()
    ends.set()
    reading.join()
    assert done.exit_code == 0, done.output
    assert max(stalls) < patient(0.2), max(stalls)


def test_extensions_of_the_administrator_stay_out_of_it(
    place: Place, cluster: Cluster, new_database: Callable[..., str], role: str, tmp_path: Path
) -> None:
    empty = new_database()
    place.sql("CREATE EXTENSION " + ("vector" if cluster.which == "embedded" else "pg_stat_statements"))
    made = json.loads(place.run("backup", str(tmp_path / "made"), "--json").stdout)
    cluster.execute(f"ALTER DATABASE {parse(empty).database} OWNER TO {role}")
    restored = place.run("restore", made["file"], "--json", url=empty.replace("postgres@", f"{role}@"))
    cluster.execute(f"ALTER DATABASE {parse(empty).database} OWNER TO postgres")
    assert restored.exit_code == 0, restored.output
    assert json.loads(restored.stdout)["rows"] == made["rows"]
    type(place.sql)(empty)(f"DROP OWNED BY {role}")


def test_a_program_that_cannot_run_is_not_there(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrapper = tmp_path / "bin" / "pg_dump"
    wrapper.parent.mkdir()
    wrapper.write_text(
        "#!/bin/sh\necho 'Error: You must install at least one postgresql-client package' >&2\nexit 1\n"
    )
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", str(wrapper.parent), prepend=os.pathsep)
    assert place.run("backup", str(tmp_path / "made")).exit_code == 0
    monkeypatch.setattr(programs, "_DEBIAN", tmp_path)
    monkeypatch.setattr(programs, "_embedded", lambda _: None)
    result = place.run("backup", str(tmp_path / "none"))
    _refused(result, "Install it: apt-get install postgresql-client-")
    assert not list((tmp_path / "none").iterdir())


def test_a_backup_that_was_killed_leaves_nothing_that_looks_like_one(place: Place, tmp_path: Path) -> None:
    left = tmp_path / "made" / ".ablage-v1.0-20260101T000000Z.dump.part"
    left.parent.mkdir()
    left.write_bytes(b"half")
    assert place.run("backup", str(left.parent)).exit_code == 0
    assert sorted(file.suffix for file in left.parent.iterdir()) == [".dump", ".json"]
