"""Grown over the years: all three dialects in one program."""
import os
import sys
from pathlib import Path

from ablage_client import AblageClient
from ablage_client.exceptions import AblageAPIError


class Importer:
    client: AblageClient = None

    def connect(self):
        self.client = AblageClient(api_key=os.environ["ABLAGE_API_KEY"])
        return self

    def run(self, paths):
        for path in paths:
            with open(path, "rb") as stream:
                document = self.client.documents.upload(stream, Path(path).name)
            self.client.update_document(document.id, tags=["import"])
            yield self.client.wait_for_processing(document.id)


seen = []
for doc in Importer().connect().run(sys.argv[1:]):
    seen.append(doc.id)
    print(doc["filename"], doc.ocr_text.strip(), doc.get("mime_type"))
client = Importer().connect().client
for document_id in seen:
    try:
        print(client.get_document(document_id)["tags"])
        client.documents.delete(document_id)
        client.get_document(document_id)
    except AblageAPIError as error:
        print(error.status_code)
