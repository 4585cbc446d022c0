import os, sys
from ablage_client import AblageClient

client = AblageClient(base_url=os.environ["ABLAGE_BASE_URL"], api_key=os.environ["ABLAGE_API_KEY"])
docs = client.batch_upload(sys.argv[1:])
for doc in docs:
    done = client.wait_for_processing(doc.id)
    print(done.filename, done.confidence_score > 0.5, done.ocr_result["content"].strip())
client.close()
