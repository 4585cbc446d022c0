"""Everything that was in ocr_result."""
import sys

from ablage_client import AblageClient

client = AblageClient(timeout=(5, 60))
doc = client.documents.upload(sys.argv[1])
doc = client.documents.wait_for_completion(doc.id)

result = doc.ocr_result
content, engine = result["content"], result["engine"]
print(content.strip())
print(engine, result.get("lang"), result.get("page_count", 0))
print("score %.2f" % result["score"], type(result["score"]).__name__)
assert result["duration"] >= 0

for segment in result["segments"][:3]:
    x0, y0, x1, y1 = segment["bbox"]
    print(f"{segment['text']!r} {segment['conf']:.2f} {segment.get('type')} {x1 > x0} {y1 > y0}")

words = [s["text"] for s in doc.ocr_result["segments"] if s["conf"] > 0.1]
print(len(words) == len(result["segments"]), " ".join(words).split()[:3])
