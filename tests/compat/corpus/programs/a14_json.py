import json, sys
from ablage_client import AblageClient

client = AblageClient()


def as_dict(document):
    ocr = document.ocr_result
    return {
        "name": document.filename,
        "text": document.ocr_text,
        "score": document.confidence_score,
        "ocr": {"content": ocr["content"], "score": ocr["score"], "boxes": [s["bbox"] for s in ocr["segments"]]},
    }


exported = [as_dict(client.documents.wait_for_completion(client.documents.upload(p).id)) for p in sys.argv[1:]]
with open("export.json", "w") as f:
    json.dump(exported, f, indent=2, sort_keys=True)
print(open("export.json").read())
