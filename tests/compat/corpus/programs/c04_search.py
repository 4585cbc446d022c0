import os, sys
from ablage_client import AblageClient

with AblageClient(os.environ["ABLAGE_BASE_URL"], os.environ["ABLAGE_API_KEY"]) as client:
    for path in sys.argv[1:]:
        client.wait_for_processing(client.upload_document(path).id, 60)
    for doc in client.search_documents("Vertrag", limit=3):
        print(doc.filename, doc.id == client.get_document(doc.id).id)
