import os, sys
from ablage_client import AblageClient

with AblageClient(base_url=os.environ["ABLAGE_BASE_URL"], timeout=30.0) as client:
    if not client.login(os.environ["ABLAGE_EMAIL"], os.environ["ABLAGE_PASSWORD"]):
        sys.exit("login failed")
    doc = client.upload_document(sys.argv[1], ocr_backend="auto", priority=5)
    doc = client.wait_for_processing(doc.id, timeout=120, poll_interval=1)
    print(doc.filename, doc.status, doc.extracted_text.strip())
