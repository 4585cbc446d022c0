"""An application that edits one result every 5 ms: ``python -m benchmarks._writer URL`` until its input ends.

It prints one line of JSON: how long each edit took, in seconds, and how many edits each document got.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time

import asyncpg

EVERY_SECONDS = 0.005
#: Works on a result of any format; an object that is not there any more changes nothing.
EDIT = """
    UPDATE documents SET ocr_result = ocr_result
        || jsonb_build_object('edits', coalesce((ocr_result ->> 'edits')::int, 0) + 1)
    WHERE id = $1
"""


async def main(url: str) -> None:
    connection = await asyncpg.connect(url)
    ids = [row["id"] for row in await connection.fetch("SELECT id FROM documents")]
    rng = random.Random(5)
    took: list[float] = []
    edits: dict[str, int] = {}
    loop = asyncio.get_running_loop()
    ended = loop.run_in_executor(None, sys.stdin.read)
    print("ready", flush=True)
    due = time.monotonic()
    while not ended.done():
        document = rng.choice(ids)
        started = time.monotonic()
        await connection.execute(EDIT, document)
        took.append(time.monotonic() - started)
        edits[str(document)] = edits.get(str(document), 0) + 1
        due = max(due + EVERY_SECONDS, time.monotonic())
        await asyncio.sleep(due - time.monotonic())
    await connection.close()
    print(json.dumps({"took": took, "edits": edits}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
