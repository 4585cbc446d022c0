"""Waits by itself, as programs did before wait_for_completion."""
import sys
import time

from ablage_client import AblageClient

client = AblageClient()
for path in sys.argv[1:]:
    document = client.documents.upload(path)
    deadline = time.monotonic() + 120
    while document.status not in ("completed", "failed"):
        if time.monotonic() > deadline:
            raise TimeoutError(path)
        time.sleep(0.2)
        document = client.documents.get(document.id)
    if document.status == "completed":
        print(document.filename, document.ocr_text.strip(), document.ocr_result["engine"])
    else:
        print(document.filename, document.error_message)
