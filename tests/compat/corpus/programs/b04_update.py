import os, sys
from ablage_client import AblageClient
from ablage_client.exceptions import AblageNotFoundError

client = AblageClient(os.environ["ABLAGE_BASE_URL"])
client.login(os.environ["ABLAGE_EMAIL"], os.environ["ABLAGE_PASSWORD"])
doc = client.upload_document(sys.argv[1])
doc = client.update_document(document_id=doc["id"], tags=["paid"], metadata={"total": 12.5})
print(doc["tags"], doc["metadata"]["total"])
client.delete_document(doc["id"])
try:
    client.get_document(doc["id"])
except AblageNotFoundError as e:
    print(e.status_code, e.error_code)
