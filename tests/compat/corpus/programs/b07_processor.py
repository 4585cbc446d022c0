import os
import sys
import time
from ablage_client import AblageClient


class DocumentProcessor:
    def __init__(self, url, email, password):
        self.client = AblageClient(url, api_version="v1")
        self.client.login(email, password)
        self.results = []

    def process(self, path):
        doc = self.client.upload_document(path)
        state = self.wait(doc["id"])
        self.results.append((doc["filename"], state["status"]))
        return self.client.get_document(doc["id"])

    def wait(self, job_id, interval=0.2):
        while True:
            state = self.client.get_ocr_status(job_id)
            if state["status"] == "completed":
                return state
            if state["status"] == "failed":
                raise RuntimeError(state["error"])
            time.sleep(interval)


processor = DocumentProcessor(os.environ["ABLAGE_BASE_URL"], os.environ["ABLAGE_EMAIL"], os.environ["ABLAGE_PASSWORD"])
for path in sys.argv[1:]:
    print(processor.process(path)["extracted_text"].strip())
print(processor.results)
