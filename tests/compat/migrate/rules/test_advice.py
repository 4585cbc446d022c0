"""The shim's deprecations, the codemod's marks and the page say what the rules say."""

from __future__ import annotations

import inspect

import pytest

from ablage_client_compat import AblageClient, AsyncAblageClient, models
from ablage_client_compat.administration import Analytics, ApiKeys, Users, Webhooks
from ablage_client_compat.documents import Documents
from ablage_client_compat.migrate.code.rewriter import rewrite
from ablage_client_compat.migrate.rules.guide import page
from ablage_client_compat.migrate.rules.index import RULES, index
from ablage_client_compat.migrate.rules.model import Class, Member, Method

OWNERS: dict[str, type] = {
    "AblageClient": AblageClient,
    "documents": Documents,
    "users": Users,
    "webhooks": Webhooks,
    "analytics": Analytics,
    "api_keys": ApiKeys,
    "Document": models.Document,
    "User": models.User,
    "WebhookSubscription": models.WebhookSubscription,
}


def deprecations(owner: type) -> dict[str, str]:
    """Return what the deprecated members of a class say."""
    found = {}
    for name in dir(owner):
        member = inspect.getattr_static(owner, name)
        function = member.fget if isinstance(member, property) else member
        said = getattr(function, "__deprecated__", None)
        if said is not None and name != "__init__":
            found[name] = said
    return found


@pytest.mark.parametrize("owner", OWNERS)
def test_every_deprecation_is_its_rule_s(owner: str) -> None:
    said = deprecations(OWNERS[owner])
    rules = {
        rule.name: rule.advice
        for rule in RULES
        if isinstance(rule, (Member, Method)) and rule.owner == owner and rule.name in said
    }
    assert rules == said


def test_the_async_client_says_the_same_with_await() -> None:
    methods = index().methods
    for name, said in deprecations(AsyncAblageClient).items():
        own = methods.get(("AsyncAblageClient", name))
        rule = own or methods["AblageClient", name]
        assert said == (rule.advice if own else rule.advice.replace("`sdk.", "`await sdk.", 1))


@pytest.mark.parametrize("client", [AblageClient, AsyncAblageClient])
def test_the_classes_say_what_their_rules_say(client: type) -> None:
    rule = index().classes[client.__name__]
    assert vars(client)["__deprecated__"] == rule.advice


def test_what_says_nothing_in_the_shim_says_nothing_in_the_rules() -> None:
    silent = {
        (rule.owner, rule.name)
        for rule in RULES
        if isinstance(rule, Member) and rule.advice and rule.name not in deprecations(OWNERS[rule.owner])
    }
    assert silent == set()


@pytest.mark.parametrize("name", sorted(index().peculiar))
def test_a_peculiar_name_is_marked_with_its_rule_s_words(name: str) -> None:
    marks = rewrite(f"from somewhere import ablage\nablage.unknown().{name}\n").marks
    assert [mark.reason for mark in marks] == [index().peculiar[name]]


def test_the_page_shows_every_rule() -> None:
    shown = page()
    for rule in RULES:
        if not isinstance(rule, Class) or not rule.is_error:
            assert rule.before.splitlines()[0].replace("|", "\\|") in shown
            assert rule.reason in shown
