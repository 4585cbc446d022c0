import sys
from ablage_client import AblageClient


class TaggingClient(AblageClient):
    """Puts the same tags on everything."""

    def __init__(self, tags, **kwargs):
        super().__init__(**kwargs)
        self.default_tags = list(tags)

    def add(self, path):
        document = self.documents.upload(path)
        return self.documents.update(document.id, tags=self.default_tags)

    def text_of(self, document_id):
        return self.documents.wait_for_completion(document_id).ocr_text


client = TaggingClient(["nightly", "import"], timeout=30)
for path in sys.argv[1:]:
    doc = client.add(path)
    print(doc.filename, doc.tags, client.text_of(doc.id).strip())
