"""Guards against results that are not there yet, and what became of a broken file."""
import sys
from ablage_client import AblageAPIError, AblageClient

client = AblageClient()
doc = client.documents.upload(sys.argv[1])
doc = client.documents.wait_for_completion(doc.id)
doc = client.documents.get(doc.id)
result = doc.ocr_result or {}
print(result.get("engine", "?"), round(result.get("score", 0.0), 1))
for segment in (doc.ocr_result or {}).get("segments", []):
    print(segment["text"].strip())
    break
if not doc.ocr_result:
    print("nothing yet")
print(bool(doc.ocr_result), doc.ocr_result is not None)

with open("broken.bin", "wb") as broken:
    broken.write(b"%PDF-1.4 broken")
failed = client.documents.upload("broken.bin", "broken.pdf")
try:
    client.documents.wait_for_completion(failed.id, timeout=60)
except AblageAPIError as exc:
    print(exc.status_code, exc.error_code)
failed = client.documents.get(failed.id)
print(failed.status, bool(failed.error_message), repr(failed.ocr_text), failed.confidence_score)
if failed.error_message and "PDF" in failed.error_message.upper():
    print("pdf")
