import os, sys
import httpx
from ablage_client import AblageClient

API = os.environ["ABLAGE_BASE_URL"] + "/api/v1"


def ocr_text(session: httpx.Client, document_id: str) -> str:
    answer = session.get(API + "/documents/" + document_id + "/ocr-text")
    answer.raise_for_status()
    return answer.json()["text"]


client = AblageClient()
with httpx.Client(headers={"X-API-Key": os.environ["ABLAGE_API_KEY"]}) as session:
    for path in sys.argv[1:]:
        document = client.documents.wait_for_completion(client.documents.upload(path).id)
        print(document.filename, ocr_text(session, document.id).strip())
