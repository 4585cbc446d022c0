"""Generators, lambdas and sorting."""
import sys
from itertools import chain
from operator import attrgetter

from ablage_client import AblageClient

client = AblageClient()


def uploaded(paths):
    for path in paths:
        yield client.documents.upload(path)


def finished(documents):
    for document in documents:
        yield client.documents.wait_for_completion(document.id)


documents = sorted(finished(uploaded(sys.argv[1:])), key=lambda d: len(d.ocr_text))
print([d.filename for d in documents])
print(max(documents, key=lambda d: d.ocr_text).filename)
print(list(map(lambda d: d.ocr_text.strip()[:4], filter(lambda d: d.confidence_score > 0.5, documents))))
by_name = {d.filename: d for d in documents}
for name in sorted(by_name):
    print(name, by_name[name].ocr_result["content"].strip().upper())
first, *rest = documents
print(len(first.ocr_text) <= min(len(d.ocr_text) for d in rest))
print(sum(len(segment["text"]) > 0 for segment in chain.from_iterable(d.ocr_result["segments"] for d in documents)) > 0)
