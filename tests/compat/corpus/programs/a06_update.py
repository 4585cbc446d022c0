from datetime import datetime, timezone
import sys
from ablage_client import AblageClient
from ablage_client.models import Document


def tagged(client: AblageClient, document: Document, *tags: str) -> Document:
    return client.documents.update(document.id, tags=[*document.tags, *tags])


client = AblageClient()
document = client.documents.upload(sys.argv[1], metadata={"customer": 17})
document = tagged(client, document, "a", "b")
document = client.documents.update(document.id, {"customer": 18, "paid": True})
print(document.tags, document.metadata["customer"], document.metadata.get("paid"))
print(document.created_at.tzinfo is not None, document.created_at <= datetime.now(timezone.utc))
client.documents.delete(document.id)
print([d.id for d in client.documents.list()])
