import sys
from ablage_client import AblageClient
from ablage_client.models import Document, PaginatedResponse
from ablage_client.exceptions import AblageAPIError, AblageError, AblageValidationError

client = AblageClient()
doc = client.documents.upload(sys.argv[1])
page = client.documents.list()
print(isinstance(doc, Document), isinstance(page, PaginatedResponse), type(doc).__name__, issubclass(AblageValidationError, AblageAPIError))
RETRYABLE = (AblageAPIError, TimeoutError)
try:
    client.documents.get("00000000-0000-7000-8000-000000000000")
except RETRYABLE as error:
    print(isinstance(error, AblageError), error.status_code)
try:
    client.documents.get("00000000-0000-7000-8000-000000000000")
except Exception as error:
    if isinstance(error, AblageAPIError) and error.status_code == 404:
        print("gone", error.error_code)
