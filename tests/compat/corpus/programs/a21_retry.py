import functools
import time
from ablage_client import AblageClient
from ablage_client.exceptions import AblageError, AblageNotFoundError, AblageRateLimitError, AblageServerError

calls = []


def retry(times, errors=(AblageRateLimitError, AblageServerError)):
    def decorate(function):
        @functools.wraps(function)
        def call(*args, **kwargs):
            for attempt in range(times):
                try:
                    return function(*args, **kwargs)
                except errors as error:
                    calls.append(type(error).__name__)
                    time.sleep(0)
        return call
    return decorate


client = AblageClient(max_retries=0)


@retry(3, errors=(AblageNotFoundError,))
def fetch(document_id):
    return client.documents.get(document_id)


print(fetch("00000000-0000-7000-8000-000000000000"), len(calls))
try:
    client.documents.delete("00000000-0000-7000-8000-000000000000")
except AblageError as error:
    print(isinstance(error, AblageNotFoundError), isinstance(error, AblageError))
