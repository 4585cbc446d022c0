import hashlib, pathlib, sys
from ablage_client import AblageClient

with_client = AblageClient()
doc = with_client.documents.upload(sys.argv[1])
data = with_client.documents.download(doc.id)
with_client.documents.download(doc.id, "copy.pdf")
with_client.documents.download(doc.id, output_path=pathlib.Path("copy2.pdf"))
digests = {hashlib.sha256(x).hexdigest() for x in (data, open("copy.pdf", "rb").read(), open("copy2.pdf", "rb").read())}
print(len(digests), data[:4], len(data) == doc.size)
