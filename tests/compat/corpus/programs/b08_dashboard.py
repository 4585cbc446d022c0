import os, sys
from collections import Counter
from ablage_client import AblageClient

URL = os.environ["ABLAGE_BASE_URL"]
client = AblageClient(URL, api_version="v1")
client.login(os.environ["ABLAGE_EMAIL"], os.environ["ABLAGE_PASSWORD"])
for path in sys.argv[1:]:
    client.documents.wait_for_completion(client.upload_document(path)["id"])

documents = client.list_documents(page=1, per_page=100)["data"]
print(Counter(d["status"] for d in documents))
print(Counter(d["mime_type"] for d in documents).most_common(1))
report = [
    "{filename}: {chars}".format(filename=d["filename"], chars=len(d["ocr_text"]))
    for d in sorted(documents, key=lambda d: d["filename"])
]
print("\n".join(report))
print(sum(d["confidence_score"] for d in documents) / len(documents) > 0.5)
