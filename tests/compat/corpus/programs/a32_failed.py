from ablage_client import AblageClient
from ablage_client.exceptions import AblageAPIError

client = AblageClient()
document = client.documents.upload(b"%PDF-1.4 broken", filename="broken.pdf")
try:
    client.documents.wait_for_completion(document.id, timeout=60)
except TimeoutError:
    print("too slow")
except AblageAPIError as error:
    print("failed", error.status_code)
document = client.documents.get(document.id)
print(document.status, bool(document.error_message), repr(document.ocr_text), document.confidence_score)
print(document.ocr_result["content"] == "", document.ocr_result.get("score"), len(document.ocr_result["segments"]))
