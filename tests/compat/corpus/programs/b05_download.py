import os, sys
from pathlib import Path
from ablage_client import AblageClient

client = AblageClient(os.environ["ABLAGE_BASE_URL"], api_version="v1")
client.login(os.environ["ABLAGE_EMAIL"], os.environ["ABLAGE_PASSWORD"])
target = Path("out")
target.mkdir()
for path in map(Path, sys.argv[1:]):
    doc = client.upload_document(path)
    client.download_document(doc["id"], target / doc["filename"])
    print(doc["filename"], (target / doc["filename"]).read_bytes() == path.read_bytes())
