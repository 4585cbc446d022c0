from ablage_client import AblageClient
from ablage_client.exceptions import (
    AblageAPIError,
    AblageAuthenticationError,
    AblageNotFoundError,
    AblageValidationError,
)

client = AblageClient()

try:
    client.documents.get("00000000-0000-7000-8000-000000000000")
except AblageNotFoundError as exc:
    print("not found", exc.status_code, exc.error_code)

try:
    AblageClient("ak_test_wrong").documents.list()
except AblageAuthenticationError as exc:
    print("auth", exc.status_code)

try:
    client.documents.upload(b"no document at all", filename="x.pdf")
except AblageValidationError as exc:
    print("validation", exc.status_code)
except AblageAPIError as exc:
    print("api", exc.status_code, exc.error_code)

try:
    AblageClient(base_url="http://127.0.0.1:9", max_retries=0).documents.get("x")
except (AblageAPIError, OSError) as exc:
    print("network", isinstance(exc, AblageAPIError), exc.status_code)
