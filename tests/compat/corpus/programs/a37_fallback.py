import sys
try:
    from ablage_client import AblageClient
    from ablage_client.exceptions import AblageNotFoundError
    HAVE = True
except ImportError:
    AblageClient = None
    AblageNotFoundError = Exception
    HAVE = False

if not HAVE:
    sys.exit("pip install ablage-client")
c = AblageClient()
try:
    c.documents.get("00000000-0000-7000-8000-000000000000")
except AblageNotFoundError:
    print("not there")
d = c.documents.upload(sys.argv[1])
print(c.documents.wait_for_completion(d.id).ocr_text.strip())
