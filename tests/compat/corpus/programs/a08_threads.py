from concurrent.futures import ThreadPoolExecutor, as_completed
import sys
from ablage_client import AblageClient

client = AblageClient()


def upload(path):
    return client.documents.upload(path, metadata={"path": path})


with ThreadPoolExecutor(max_workers=4) as pool:
    documents = list(pool.map(upload, sys.argv[1:]))
    done = list(pool.map(client.documents.wait_for_completion, [d.id for d in documents]))
    texts = pool.map(lambda d: d.ocr_text.strip().lower(), done)
    futures = {pool.submit(client.documents.get, d.id): d for d in done}
    names = sorted(f.result().filename for f in as_completed(futures))

print(sorted(texts))
print(names)
print({d.metadata["path"]: round(d.confidence_score) for d in done})
