import asyncio, os, sys
from ablage_client import AsyncAblageClient


async def run(paths):
    client = AsyncAblageClient(os.environ["ABLAGE_BASE_URL"], os.environ["ABLAGE_API_KEY"])
    documents = await client.upload_many(paths, concurrency=2)
    finished = await client.wait_for_all([d.id for d in documents], timeout=120)
    await client.close()
    return finished


for document in asyncio.run(run(sys.argv[1:])):
    print(document.filename, document.ocr_text.strip(), document.confidence_score > 0.5)
