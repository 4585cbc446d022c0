import sys
from contextlib import asynccontextmanager

import anyio
import httpx
from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel

from ablage_client import AblageClient
from ablage_client.exceptions import AblageNotFoundError


class Summary(BaseModel):
    name: str
    text: str
    score: float


app = FastAPI()
_client = AblageClient()


def client() -> AblageClient:
    return _client


@app.get("/summary/{document_id}")
def summary(document_id: str, archive: AblageClient = Depends(client)) -> Summary:
    try:
        doc = archive.documents.get(document_id)
    except AblageNotFoundError as error:
        raise HTTPException(error.status_code)
    return Summary(name=doc.filename, text=doc.ocr_text, score=doc.confidence_score)


async def main() -> None:
    document = _client.documents.wait_for_completion(_client.documents.upload(sys.argv[1]).id)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as http:
        print((await http.get(f"/summary/{document.id}")).json())
        print((await http.get("/summary/00000000-0000-7000-8000-000000000000")).status_code)


anyio.run(main)
