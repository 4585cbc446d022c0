import sys
import ablage_client as ac
import ablage_client.exceptions as exc
from ablage_client import AblageClient as Client
from ablage_client import exceptions
from ablage_client.exceptions import AblageAPIError as APIError, AblageError as BaseErr
from ablage_client.client import AblageClient as C2

a, b, c = ac.AblageClient(), Client(), C2()
d = a.documents.upload(sys.argv[1])
for client in (a, b, c):
    print(client.documents.wait_for_completion(d.id).ocr_text.strip())
for kind in (exc.AblageNotFoundError, exceptions.AblageNotFoundError, APIError, BaseErr):
    try:
        b.documents.get("00000000-0000-7000-8000-000000000000")
    except kind as e:
        print(e.status_code)
clients = {"main": Client()}
print(clients["main"].documents.get(d.id).ocr_text.strip())
print(isinstance(a, ac.AblageClient), ac.AblageClient is Client)
