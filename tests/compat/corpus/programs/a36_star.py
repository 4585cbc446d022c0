from ablage_client import *
import sys

client = AblageClient()
try:
    client.documents.get("00000000-0000-7000-8000-000000000000")
except AblageNotFoundError as e:
    print("missing", e.status_code, e.error_code)
d = client.documents.upload(sys.argv[1])
print(client.documents.wait_for_completion(d.id).ocr_text.strip())
