import os, sys
from pathlib import Path
from ablage_client import AblageClient

client = AblageClient(os.environ["ABLAGE_BASE_URL"])
client.login(username=os.environ["ABLAGE_EMAIL"], password=os.environ["ABLAGE_PASSWORD"])
for path in sys.argv[1:]:
    client.upload_document(Path(path), tags=["b"])

answer = client.list_documents(page=1, per_page=2, tag="b")
for doc in answer["data"]:
    print(doc["filename"], doc.get("tags", []), doc["size"] > 0)
documents = client.list_documents(per_page=10)["data"]
print(len(documents), sorted(d["filename"] for d in documents))
print(documents[0]["created_at"][:2], documents[0]["created_at"].endswith("Z"))
