import asyncio
import os
import sys

from ablage_client import AsyncAblageClient


async def process(client, path):
    document = await client.upload_document(path)
    return await client.wait_for_processing(document.id)


async def main():
    async with AsyncAblageClient(os.environ["ABLAGE_BASE_URL"], os.environ["ABLAGE_API_KEY"]) as client:
        documents = await asyncio.gather(*[process(client, path) for path in sys.argv[1:]])
        print([d.ocr_text.strip() for d in documents])
        hits = await client.search_documents("Rechnung", limit=3)
        print([h.filename for h in hits])


asyncio.run(main())
