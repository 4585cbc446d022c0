import os, sys
from ablage_client import AblageClient

client = AblageClient(os.environ["ABLAGE_BASE_URL"], api_version="v1")
client.login(os.environ["ABLAGE_EMAIL"], os.environ["ABLAGE_PASSWORD"])
for path in sys.argv[1:]:
    client.documents.wait_for_completion(client.upload_document(path)["id"])

results = client.search_documents(query="Rechnung", per_page=5)
for hit in results["data"]:
    print(hit["filename"], hit["relevance_score"] > 0, "Rechnung" in hit["extracted_text"])
print(len(client.search_documents(query="Xylophonkonzert")["data"]))
