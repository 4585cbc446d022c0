import sys
from ablage_client import AblageClient

c = AblageClient()
d = c.documents.wait_for_completion(c.documents.upload(sys.argv[1]).id)
d2 = c.documents.get(d.id)
print(f"{d.ocr_result['engine']!r:>12}|{d.ocr_text.strip()[:9]:<12}|{d.confidence_score:.1f}")
print(f'{d2.ocr_text.strip()!r} {d2.status!r} {len(d2.ocr_text) > 3}')
print("%s %s" % (d2.status, d2.ocr_text.strip()), "{} {}".format(d2.filename, d2.ocr_text.strip()))
print("{0.status} {0.filename}".format(d2))
print(f"{d2.created_at:%Y}" > "2000", f"{d.ocr_result['segments'][0]['text'].strip()}")
if (t := d2.ocr_text) and len(t) > 3:
    print(t.strip())
print(d2.ocr_text[:4], d2.ocr_text.splitlines()[0][:8], d2.status.upper(), d2.status + "!", "comp" in d2.status)
