"""What had the names that the rules are about: how examples get one, and what the page calls it."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["ERROR", "OWNERS", "Owner"]


class Owner(NamedTuple):
    """An old class, or a group of methods of the old client.

    Attributes:
        heading: Of its section in the page.
        variable: What examples call a value of it.
        origin: Where they have that from.
        is_json: Whether it was read by key, as JSON.
        noun: What a sentence calls one.
    """

    heading: str
    variable: str
    origin: str = ""
    is_json: bool = False
    noun: str = ""


_DONE = "client.documents.wait_for_completion(doc_id)"

OWNERS = {
    "AblageClient": Owner("The client, and the methods of dialects B and C", "client"),
    "AsyncAblageClient": Owner("The async client", "client"),
    "documents": Owner("`client.documents`", "client.documents"),
    "users": Owner("`client.users`", "client.users"),
    "webhooks": Owner("`client.webhooks`", "client.webhooks"),
    "analytics": Owner("`client.analytics`", "client.analytics"),
    "api_keys": Owner("`client.api_keys`", "client.api_keys"),
    "session": Owner("`client.session`", "client.session"),
    "Document": Owner("Documents", "document", _DONE, noun="a document of the archive"),
    "SearchHit": Owner(
        "Hits of a search", "hit", 'client.search_documents("invoice")["data"][0]', noun="a hit of a search"
    ),
    "OcrResult": Owner("`document.ocr_result`", "result", f"{_DONE}.ocr_result", is_json=True),
    "Segment": Owner(
        '`document.ocr_result["segments"]`', "segment", f'{_DONE}.ocr_result["segments"][0]', is_json=True
    ),
    "Page": Owner("Pages of a list", "page", "client.documents.list()"),
    "Pagination": Owner(
        '`answer["pagination"]`', "pagination", 'client.list_documents()["pagination"]', is_json=True
    ),
    "Login": Owner("What `login()` returned", "login", "client.login(email, password)", is_json=True),
    "Job": Owner(
        "What `start_ocr()` returned",
        "job",
        "client.start_ocr(document_id=doc_id, force_reprocess=True)",
        is_json=True,
    ),
    "OcrStatus": Owner(
        "What `get_ocr_status()` returned", "state", "client.get_ocr_status(job_id)", is_json=True
    ),
    "OcrOutcome": Owner(
        '`get_ocr_status(…)["result"]`', "outcome", 'client.get_ocr_status(job_id)["result"]', is_json=True
    ),
    "Health": Owner("What `health_check()` returned", "health", "client.health_check()", is_json=True),
    "User": Owner("Users", "user", "client.users.get(user_id)"),
    "WebhookSubscription": Owner("Webhooks", "webhook", "client.webhooks.get(webhook_id)"),
    "NewWebhook": Owner(
        "What `webhooks.create()` and `rotate_secret()` returned",
        "webhook",
        'client.webhooks.create(url, ["document.processed"])',
    ),
    "ApiKey": Owner("API keys", "key", 'client.api_keys.create("nightly")'),
    "Usage": Owner(
        "What `analytics.get_usage()` returned", "usage", "client.analytics.get_usage()", is_json=True
    ),
    "Metrics": Owner(
        "What `analytics.get_metrics()` returned", "metrics", "client.analytics.get_metrics()", is_json=True
    ),
}

#: Any of the errors.
ERROR = Owner("What errors have", "error")
