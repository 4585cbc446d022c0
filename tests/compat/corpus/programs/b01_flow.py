"""The whole way, as JSON."""
import os
import sys
import time
from pathlib import Path

from ablage_client import AblageClient

client = AblageClient(os.environ["ABLAGE_BASE_URL"], api_version="v1")
tokens = client.login(os.environ["ABLAGE_EMAIL"], os.environ["ABLAGE_PASSWORD"])
print("token" if tokens["access_token"] else "none", tokens["user"]["email"] == os.environ["ABLAGE_EMAIL"])

uploaded = client.upload_document(Path(sys.argv[1]), tags=["invoice"], metadata={"year": 2024})
job = client.start_ocr(document_id=uploaded["id"], backend="text-layer")
while True:
    status = client.get_ocr_status(job["job_id"])
    if status["status"] in ("completed", "failed"):
        break
    time.sleep(0.2)
print(status["status"], status["progress"], status["processing_time_ms"] >= 0, status["error"])
print(round(status["result"]["confidence"], 2))
document = client.get_document(uploaded["id"])
print(document["filename"], document["extracted_text"].strip(), document["tags"], document["metadata"]["year"])
client.logout()
