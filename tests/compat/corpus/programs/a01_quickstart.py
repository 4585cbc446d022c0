"""The first program of the old documentation."""
import sys

from ablage_client import AblageClient

client = AblageClient()

with open(sys.argv[1], "rb") as f:
    document = client.documents.upload(f, filename="quickstart.pdf")

document = client.documents.wait_for_completion(document.id, timeout=120, poll_interval=1)
text = document.ocr_text
print(document.filename, document.status)
print(text.strip())
