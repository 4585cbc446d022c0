import sys
from ablage_client import AblageClient

c = AblageClient()
for p in sys.argv[1:]:
    c.documents.wait_for_completion(c.documents.upload(p).id)
page = c.documents.list(page_size=10)
print(sorted(d.filename for d in page), len(page), page[0].status, [d.filename for d in page[:1]] != [])
names = {d.id: d.filename for d in page}
texts = {d.filename: d.ocr_text.strip() for d in c.documents.list(status="completed") if d.ocr_text}
print(sorted(names.values()), sorted(texts.items()))
by = {}
for i, d in enumerate(page.items, 1):
    by.setdefault(d.mime_type, []).append(d)
print({k: sorted(x.ocr_text.strip() for x in v) for k, v in by.items()})
first, *rest = page
print(first.status, len(rest))
print(max(page, key=lambda d: d.confidence_score).status, any("Rechnung" in d.ocr_text for d in page))
print(sum(len(d.ocr_text.strip()) for d in page if d.status == "completed"))
if page:
    print("some")
print(list(map(lambda d: d.status, page)), bool(page.items), d in page)
