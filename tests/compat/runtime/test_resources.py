"""Users, webhooks, figures, keys and logins, against servers with v1, v2 and both."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from ablage_client_compat import (
    AblageAuthenticationError,
    AblageClient,
    AblageNotFoundError,
    User,
    WebhookSubscription,
)

if TYPE_CHECKING:
    from ablage_client_compat import Document
    from server_stub.testing import AblageServer

PASSWORD = "correct horse battery staple"


def new_email() -> str:
    return f"{secrets.token_hex(6)}@example.org"


def test_users_have_one_role(client: AblageClient) -> None:
    email = new_email()
    user = client.users.create(email, PASSWORD, full_name="Erika Muster", role="viewer")
    assert isinstance(user, User)
    assert (user.email, user.full_name, user.role, user.is_active) == (email, "Erika Muster", "viewer", True)
    assert user.created_at.tzinfo is not None
    assert client.users.get(user.id) == user
    changed = client.users.update(user.id, role="user", full_name="E. Muster")
    assert (changed.role, changed.full_name, client.users.get(user.id).role) == ("user", "E. Muster", "user")
    assert client.users.delete(user.id) is None
    with pytest.raises(AblageNotFoundError):
        client.users.get(user.id)


def test_users_are_listed_in_pages(client: AblageClient) -> None:
    made = {client.users.create(new_email(), PASSWORD).id for _ in range(3)}
    page = client.users.list(page=1, page_size=2)
    found = list(page.items)
    while page.page < page.total_pages:
        page = client.users.list(page=page.page + 1, page_size=2)
        found += page.items
    assert len(found) == page.total == len({user.id for user in found})
    assert made <= {user.id for user in found}


def test_webhooks_under_old_and_new_names(client: AblageClient) -> None:
    webhook = client.webhooks.create("https://example.org/hook", ["document.processed"])
    assert isinstance(webhook, WebhookSubscription)
    assert webhook.secret is not None
    assert webhook.secret.startswith("whsec_")
    assert webhook.events == webhook.event_types == ["document.processed"]
    assert webhook.active is webhook.is_active is True
    read = client.webhooks.get(webhook.id)
    assert (read.url, read.secret) == ("https://example.org/hook", None)
    assert client.webhooks.update(webhook.id, events=["document.failed"], active=False).active is False
    assert client.webhooks.get(webhook.id).events == ["document.failed"]
    assert client.webhooks.rotate_secret(webhook.id).secret not in {None, webhook.secret}
    assert webhook.id in {each.id for each in client.webhooks.list(page_size=100)}
    client.webhooks.delete(webhook.id)
    with pytest.raises(AblageNotFoundError):
        client.webhooks.get(webhook.id)


def test_figures(client: AblageClient, done: Document) -> None:
    usage = client.analytics.get_usage()
    assert usage["documents_total"] >= 1
    assert usage["documents_by_status"]["completed"] >= 1
    yesterday = datetime.now(UTC) - timedelta(days=1)
    assert client.analytics.get_usage(since=yesterday.isoformat())["documents_total"] >= 1
    assert client.analytics.get_usage(until=yesterday)["documents_total"] == 0
    assert 0 < client.analytics.get_metrics()["average_confidence"] <= 1
    assert done.status == "completed"


def test_a_new_key_works(client: AblageClient, any_server: AblageServer) -> None:
    created = client.api_keys.create("nightly", ["documents:read"])
    assert created.name == "nightly"
    assert created.key not in repr(created)
    with AblageClient(created.key, any_server.url) as reader:
        page = reader.documents.list(page_size=1)
        assert page.total >= len(page)
        assert reader.get_current_user().email == client.get_current_user().email


@pytest.mark.parametrize("keyword", ["username", "email"])
def test_logging_in_and_out(
    client: AblageClient, any_server: AblageServer, keyword: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ABLAGE_API_KEY", raising=False)
    email = new_email()
    client.users.create(email, PASSWORD, role="user")
    with AblageClient(any_server.url, "v1") as person:
        session = person.login(password=PASSWORD, **{keyword: email})
        assert session
        assert isinstance(session["access_token"], str)
        assert (session["user"]["email"], session["user"]["role"]) == (email, "user")
        assert session["access_token"] not in repr(session)
        assert person.get_current_user().email == email
        assert person.list_documents()["pagination"]["total"] == 0  # their own only
        person.logout()
        with pytest.raises(AblageAuthenticationError):
            person.get_current_user()
        with pytest.raises(AblageAuthenticationError):
            person.login(email, "wrong")
