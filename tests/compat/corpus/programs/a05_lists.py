import sys
from ablage_client import AblageClient

client = AblageClient()
for name in sys.argv[1:]:
    client.documents.wait_for_completion(client.documents.upload(name).id)

page = client.documents.list(page_size=2)
print(len(page), [d.filename for d in page])
print(page[0].filename, page.items[-1].filename)

for number, document in enumerate(client.documents.list(status="completed", sort_order="asc"), start=1):
    print(number, document.filename, document.ocr_text[:5], document.ocr_result["content"][:5])

for document in client.documents.list(page_size=50):
    if document.status != "completed":
        continue
    print(len(document.ocr_text) > 0, round(document.confidence_score, 1))
print(any(d.error_message for d in client.documents.list()))
