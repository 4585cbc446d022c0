import sys
from dataclasses import asdict, dataclass, field
from typing import NamedTuple, Optional
from ablage_client import AblageClient, models


class Row(NamedTuple):
    doc: models.Document
    note: str


@dataclass(frozen=True)
class Entry:
    document: models.Document
    text: str = ""

    @classmethod
    def of(cls, client: AblageClient, path):
        d = client.documents.upload(path)
        d = client.documents.wait_for_completion(d.id)
        return cls(document=d, text=d.ocr_text)

    @property
    def words(self):
        return self.document.ocr_text.split()

    @staticmethod
    def key(e):
        return e.document.confidence_score


class Container:
    _instances = {}

    @classmethod
    def client(cls) -> AblageClient:
        if "c" not in cls._instances:
            cls._instances["c"] = AblageClient()
        return cls._instances["c"]


es = [Entry.of(Container.client(), p) for p in sys.argv[1:]]
es.sort(key=Entry.key)
print(sorted(e.words[0] for e in es), sorted(e.text.strip() for e in es))
rows = [Row(e.document, "n") for e in es]
print(sorted(r.doc.ocr_text.strip() for r in rows))
best = max(es, key=lambda e: e.document.ocr_result["score"])
print(best.document.ocr_result.get("lang"), best.document.ocr_result["page_count"])
