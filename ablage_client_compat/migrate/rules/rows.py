"""Short ways to write the rows of the table."""

from __future__ import annotations

from ablage_client_compat.migrate.rules.model import Class, Member, Method

__all__ = ["KEYED", "VARIABLES", "error", "member", "method", "model", "same"]

_DONE = "client.documents.wait_for_completion(doc_id)"
#: The variable that an example uses for a value of an old class, and where it comes from.
VARIABLES = {
    "AblageClient": ("client", ""),
    "session": ("client.session", ""),
    "Document": ("document", _DONE),
    "SearchHit": ("hit", 'client.search_documents("invoice")["data"][0]'),
    "OcrResult": ("result", f"{_DONE}.ocr_result"),
    "Segment": ("segment", f'{_DONE}.ocr_result["segments"][0]'),
    "Page": ("page", "client.documents.list()"),
    "Pagination": ("pagination", 'client.list_documents()["pagination"]'),
    "Login": ("login", "client.login(email, password)"),
    "Job": ("job", "client.start_ocr(document_id=doc_id, force_reprocess=True)"),
    "OcrStatus": ("state", "client.get_ocr_status(job_id)"),
    "OcrOutcome": ("outcome", 'client.get_ocr_status(job_id)["result"]'),
    "Health": ("health", "client.health_check()"),
    "Usage": ("usage", "client.analytics.get_usage()"),
    "Metrics": ("metrics", "client.analytics.get_metrics()"),
    "User": ("user", "client.users.get(user_id)"),
    "WebhookSubscription": ("webhook", "client.webhooks.get(webhook_id)"),
    "NewWebhook": ("webhook", 'client.webhooks.create(url, ["document.processed"])'),
    "ApiKey": ("key", 'client.api_keys.create("nightly")'),
}
#: Old classes that were read by key, as JSON.
KEYED = frozenset(
    {
        "OcrResult",
        "Segment",
        "Pagination",
        "Login",
        "Job",
        "OcrStatus",
        "OcrOutcome",
        "Health",
        "Usage",
        "Metrics",
    }
)


def model(dialect: str, name: str, new: str, *, owner: str = "") -> Class:
    """Return the row of a class."""
    return Class(
        dialect=dialect,
        owner=owner,
        name=name,
        new=new,
        before=f"from ablage_client import {name}",
        after=f"from ablage_sdk import {new}",
    )


def error(name: str, new: str, base: str = "") -> Class:
    """Return the row of an error: ``new`` may be several, then ``base`` stands for it as a base class."""
    several = f"({new})" if "," in new else new
    return Class(
        dialect="A B C",
        owner="AblageError",
        name=name,
        new=new,
        base=base,
        before=f"try:\n    client.documents.delete(doc_id)\nexcept {name}:\n    pass",
        after=f"try:\n    client.documents.delete(doc_id)\nexcept {several}:\n    pass",
    )


def method(
    dialect: str,
    old: str,
    new: str,
    returns: str,
    before: str,
    after: str = "",
    *,
    alternative: str = "",
    switch: str = "",
    otherwise: str = "",
    reason: str = "",
    note: str = "",
) -> Method:
    """Return the row of a method; without ``after`` the example stays as it is."""
    path, _, signature = old.partition("(")
    owner, _, name = path.rpartition(".")
    return Method(
        dialect=dialect,
        owner=owner or "AblageClient",
        name=name,
        old=signature.removesuffix(")"),
        alternative=alternative,
        switch=switch,
        otherwise=otherwise,
        new=new,
        returns=returns,
        before=before,
        after=after or before,
        reason=reason,
        note=note,
    )


def member(
    owner: str,
    name: str,
    new: str,
    returns: str = "",
    *,
    missing: str = "None",
    key: str = "",
    reason: str = "",
    dialect: str = "",
    failed: str = "",
) -> Member:
    """Return the row of an attribute or key."""
    variable = VARIABLES.get(owner, ("error", ""))[0]
    before = f'value = {variable}["{name}"]' if owner in KEYED else f"value = {variable}.{name}"
    read = new.replace("{}", variable) if "{}" in new else f"{variable}.{new}"
    return Member(
        dialect=dialect or ("B" if owner in KEYED - {"OcrResult", "Segment"} else "A B C"),
        owner=owner,
        name=name,
        new=new,
        key=key,
        returns=returns,
        missing=missing,
        failed=failed,
        before=before,
        after=before if reason else f"value = {read}",
        reason=reason,
    )


def same(owner: str, names: str) -> list[Member]:
    """Return rows of names that stay: as attributes untouched, as keys they become attributes."""
    return [member(owner, name, name) for name in names.split()]
