"""Pages through everything."""
import sys
from ablage_client import AblageClient

client = AblageClient()
for path in [*sys.argv[1:], sys.argv[1]]:
    client.documents.wait_for_completion(client.documents.upload(path).id)

names = []
page = 1
while True:
    batch = client.documents.list(page=page, page_size=2)
    for document in batch.items:
        names.append((document.filename, document.ocr_text.strip()))
    if page >= batch.total_pages:
        break
    page += 1
print(names)
