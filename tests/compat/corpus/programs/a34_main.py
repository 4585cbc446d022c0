"""Everything happens in functions, as in a program that becomes asynchronous easily."""
import sys
import time

from ablage_client import AblageClient
from ablage_client.exceptions import AblageNotFoundError


class Importer:
    def __init__(self, client):
        self.client = client
        self.done = []

    def add(self, path):
        document = self.client.documents.upload(path)
        while document.status not in ("completed", "failed"):
            time.sleep(0.1)
            document = self.client.documents.get(document.id)
        self.done.append(document)
        return document.ocr_text

    def forget(self):
        for document in self.done:
            self.client.documents.delete(document.id)


def missing(client, document_id):
    try:
        return client.documents.get(document_id).filename
    except AblageNotFoundError as error:
        return error.status_code


def main(paths):
    with AblageClient() as client:
        importer = Importer(client)
        print([importer.add(path).strip() for path in paths])
        importer.forget()
        print(missing(client, importer.done[0].id), len(client.documents.list()))


if __name__ == "__main__":
    main(sys.argv[1:])
