import sys
from ablage_client import AblageClient

client = AblageClient()
first = client.documents.wait_for_completion(client.documents.upload(sys.argv[1]).id)
client.documents.reprocess(first.id, ocr_backend="text-layer")
second = client.documents.wait_for_completion(first.id)
print(first.ocr_text == second.ocr_text, second.ocr_result["engine"])
print(getattr(second, "ocr_text").strip(), hasattr(second, "ocr_text"))
