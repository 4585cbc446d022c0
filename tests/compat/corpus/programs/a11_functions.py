# -*- coding: utf-8 -*-
import sys
import ablage_client
from ablage_client import exceptions
import ablage_client.models as models

_client = None


def get_client() -> ablage_client.AblageClient:
    global _client
    if _client is None:
        _client = ablage_client.AblageClient()
    return _client


def upload_all(paths) -> "list[models.Document]":
    return [get_client().documents.upload(p) for p in paths]


def summarize(doc: models.Document) -> str:
    return "%s|%s|%s" % (doc.filename, doc.ocr_text.strip(), doc.mime_type)


for doc in upload_all(sys.argv[1:]):
    try:
        print(summarize(get_client().documents.wait_for_completion(doc.id)))
    except exceptions.AblageAPIError as e:
        print("error", e.status_code)
    except ablage_client.exceptions.AblageError:
        print("?")
