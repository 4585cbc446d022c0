import asyncio
import os
import sys

from ablage_client import AsyncAblageClient


async def main():
    async with AsyncAblageClient(base_url=os.environ["ABLAGE_BASE_URL"]) as client:
        await client.login(os.environ["ABLAGE_EMAIL"], os.environ["ABLAGE_PASSWORD"])
        doc = await client.upload_document(sys.argv[1], ocr_backend="auto")
        doc = await client.wait_for_processing(doc.id)
        print(doc.filename, doc.ocr_text.strip(), doc.ocr_result["engine"])
        for found in await client.list_documents(limit=5):
            print(found.filename)


asyncio.run(main())
