import os, sys
from ablage_client import AblageClient

client = AblageClient(os.environ["ABLAGE_BASE_URL"], os.environ["ABLAGE_API_KEY"], timeout=20.0)
for path in sys.argv[1:]:
    client.wait_for_processing(client.upload_document(path).id)
for doc in client.list_documents(limit=2):
    print(doc.filename)
print([d.filename for d in client.list_documents("completed")])
print(len(list(client.list_documents(status="failed", limit=10))))
