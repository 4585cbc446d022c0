import os, sys
from ablage_client import AblageClient

with AblageClient(base_url=os.environ["ABLAGE_BASE_URL"], api_key=os.environ["ABLAGE_API_KEY"]) as client:
    doc = client.wait_for_processing(client.upload_document(sys.argv[1]).id)
    client.reprocess_document(doc.id, "text-layer")
    again = client.wait_for_processing(doc.id, timeout=60)
    print(again.ocr_text == doc.ocr_text, again.ocr_result.get("engine"))
