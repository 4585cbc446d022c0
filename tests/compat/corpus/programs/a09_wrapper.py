"""A class of one's own around the client."""
import logging
import sys
from typing import Dict, List, Optional

from ablage_client import AblageClient
from ablage_client.exceptions import AblageNotFoundError
from ablage_client.models import Document

log = logging.getLogger("archive")


class Archive:
    def __init__(self, key: Optional[str] = None) -> None:
        self._client = AblageClient(api_key=key)
        self._cache: Dict[str, Document] = {}

    @property
    def client(self) -> AblageClient:
        return self._client

    def add(self, path: str) -> Document:
        document = self.client.documents.upload(path)
        self._cache[document.id] = self.client.documents.wait_for_completion(document.id)
        return self._cache[document.id]

    def find(self, document_id: str) -> Optional[Document]:
        if document_id in self._cache:
            return self._cache[document_id]
        try:
            return self._client.documents.get(document_id)
        except AblageNotFoundError:
            return None

    def texts(self) -> List[str]:
        return [d.ocr_text for d in self._cache.values()]


archive = Archive()
for path in sys.argv[1:]:
    added = archive.add(path)
    print(added.filename, added.ocr_result["engine"])
found = archive.find(added.id)
print(found.ocr_text.strip() if found else "?")
print(archive.find("00000000-0000-7000-8000-000000000000"))
print(sorted(text.strip() for text in archive.texts()))
