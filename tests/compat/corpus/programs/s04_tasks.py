import asyncio
import os
import sys
from ablage_client import AsyncAblageClient, AblageAPIError, AblageNotFoundError


async def one(client, sem, path):
    async with sem:
        doc = await client.upload_document(path, ocr_backend="auto")
        done = await client.wait_for_processing(doc["id"], timeout=60)
        return done


async def safe(client, id):
    try:
        return (await client.get_document(id)).ocr_text
    except AblageNotFoundError as e:
        return e.status_code


async def main():
    sem = asyncio.Semaphore(2)
    client = AsyncAblageClient(base_url=os.environ["ABLAGE_BASE_URL"], api_key=os.environ["ABLAGE_API_KEY"])
    try:
        results = await asyncio.gather(*(one(client, sem, p) for p in sys.argv[1:]), return_exceptions=True)
        for r in results:
            if isinstance(r, Exception):
                print("failed", r)
            else:
                print(r.filename, r.ocr_text.strip(), r.ocr_result["engine"])
        print(await asyncio.gather(safe(client, "00000000-0000-7000-8000-000000000000"), safe(client, results[0].id)))
        tasks = [asyncio.create_task(client.get_document(r.id)) for r in results]
        for t in asyncio.as_completed(tasks):
            d = await t
            print(len(d.ocr_text) > 3)
        page = await client.list_documents(limit=5)
        print(sorted(d["filename"] for d in page), len(page))
        async with asyncio.timeout(30):
            docs = await client.wait_for_all([r.id for r in results])
        print([d.status for d in docs])
    finally:
        await client.close()

asyncio.run(main())
