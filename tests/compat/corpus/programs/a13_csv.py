import csv
import sys

from ablage_client import AblageClient

client = AblageClient()
rows = []
for path in sys.argv[1:]:
    d = client.documents.wait_for_completion(client.documents.upload(path).id)
    rows.append({
        "name": d.filename,
        "text": d.ocr_text.strip(),     # the whole text
        "score": d.confidence_score,
        "pages": d.ocr_result["page_count"],
    })

with open("out.csv", "w", newline="") as f:
    writer = csv.DictWriter(f, fieldnames=["name", "text", "score", "pages"])
    writer.writeheader()
    writer.writerows(rows)
print(open("out.csv").read())
