import sys
from ablage_client import AblageClient
from ablage_client.exceptions import AblageError, AblageNotFoundError
from ablage_client.models import Document

c = AblageClient()
d = c.documents.wait_for_completion(c.documents.upload(sys.argv[1]).id)
match d.status:
    case "completed" | "failed" as s:
        print("end", s)
    case _:
        print("?")
match d:
    case Document(status="completed", ocr_text=text):
        print(text.strip())
try:
    c.documents.get("00000000-0000-7000-8000-000000000000")
except AblageError as e:
    match e:
        case AblageNotFoundError(status_code=code):
            print(code)
