"""An application of any release: ``python -m benchmarks._visitor URL write|read`` until its input ends.

Every 5 ms it writes to, or reads from, one of the tables that every release has. It prints one line of JSON:
when each statement ended on the monotonic clock, and how long it took, both in seconds.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import sys
import time

import asyncpg

EVERY_SECONDS = 0.005
STATEMENTS = {
    "write": (
        "UPDATE documents SET filename = filename || '' WHERE id = $1",
        "UPDATE users SET full_name = 'somebody' WHERE id = (SELECT user_id FROM documents WHERE id = $1)",
        "INSERT INTO notification_events (document_id, event_type) VALUES ($1, 'document.read')",
    ),
    "read": (
        "SELECT id, filename FROM documents WHERE id = $1",
        "SELECT email FROM users WHERE id = (SELECT user_id FROM documents WHERE id = $1)",
        "SELECT id FROM notification_events WHERE document_id = $1 LIMIT 1",
    ),
}


async def main(url: str, kind: str) -> None:
    connection = await asyncpg.connect(url, statement_cache_size=0)  # tables change under it
    ids = [row["id"] for row in await connection.fetch("SELECT id FROM documents")]
    rng = random.Random(5)
    took: list[tuple[float, float]] = []
    ended = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    print("ready", flush=True)
    due = time.monotonic()
    for statement in itertools.cycle(STATEMENTS[kind]):
        if ended.done():
            break
        started = time.monotonic()
        await connection.execute(statement, rng.choice(ids))
        took.append((time.monotonic(), time.monotonic() - started))
        due = max(due + EVERY_SECONDS, time.monotonic())
        await asyncio.sleep(due - time.monotonic())
    await connection.close()
    print(json.dumps(took))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
