"""Half of it with the client, half of it with requests."""
import os
import sys

import requests
from ablage_client import AblageClient

base_url = os.environ["ABLAGE_BASE_URL"]
headers = {"Authorization": f"Bearer {os.environ['ABLAGE_API_KEY']}"}

client = AblageClient()
doc_id = client.documents.wait_for_completion(client.documents.upload(sys.argv[1]).id).id

response = requests.get(f"{base_url}/api/v1/documents/{doc_id}/ocr-text", headers=headers, timeout=30)
response.raise_for_status()
text = response.json()["text"]
print(text.strip())
print(text == client.documents.get_ocr_text(doc_id))
