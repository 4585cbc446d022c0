#!/usr/bin/env python3
# Upload everything in a folder and print a summary.
import glob
import os
from ablage_client import AblageClient
from ablage_client.exceptions import AblageAPIError

api_key = os.environ["ABLAGE_API_KEY"]
base_url = os.environ.get("ABLAGE_BASE_URL", "http://localhost:8000")

client = AblageClient(
    api_key,
    base_url,
    timeout=60,      # seconds
    max_retries=5,
)


def process(path):
    doc = client.documents.create(file_path=path, tags=["batch", "tax"])
    return client.documents.wait_for_completion(doc.id)


def main():
    results = {}
    failed = []
    for path in sorted(glob.glob("*.pdf")):
        try:
            results[path] = process(path)
        except AblageAPIError as e:
            failed.append((path, e.status_code))
    for path, doc in results.items():
        words = len(doc.ocr_text.split())
        print(f"{path:15} {doc.status:10} {words:4} words, {sorted(doc.tags)}")
    print("failed:", failed)


if __name__ == "__main__":
    main()
