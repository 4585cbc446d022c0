"""Every public name of the old client is in the rules: rewritten, or marked with a reason."""

from __future__ import annotations

import ablage_client_compat
import ablage_sdk
from ablage_client_compat import AblageClient, AsyncAblageClient, errors, models
from ablage_client_compat.administration import Analytics, ApiKeys, Users, Webhooks
from ablage_client_compat.documents import Documents
from ablage_client_compat.migrate.code.visitors.calls import MAPPING_METHODS
from ablage_client_compat.migrate.rules.index import RULES, index
from ablage_client_compat.migrate.rules.types import Type

OWNERS: dict[str, type] = {
    "AblageClient": AblageClient,
    "AsyncAblageClient": AsyncAblageClient,
    "documents": Documents,
    "users": Users,
    "webhooks": Webhooks,
    "analytics": Analytics,
    "api_keys": ApiKeys,
    "Document": models.Document,
    "User": models.User,
    "WebhookSubscription": models.WebhookSubscription,
    "ApiKey": models.ApiKey,
    "Page": models.PaginatedResponse,
}
#: The old client answers a search with documents that know more; the rules tell the two apart.
ALSO = {"Document": ["SearchHit"], "WebhookSubscription": ["NewWebhook"]}
#: What the shim adds to the old client's names for itself.
NOT_OLD = {"AblageDeprecationWarning", "install", "report", "Record"}


def names_of(owner: type) -> set[str]:
    inherited = set(dir(dict)) if issubclass(owner, dict) else set()
    fields = {*getattr(owner, "_missing", {}), *getattr(owner, "_aliases", {})}
    for base in owner.__mro__:
        fields |= set(getattr(base, "__annotations__", {}))
    return {name for name in {*dir(owner), *fields} - inherited if not name.startswith("_")}


def test_every_member_of_every_class_is_in_the_rules() -> None:
    rules = index()
    missing = {
        f"{owner}.{name}"
        for owner, cls in OWNERS.items()
        for name in names_of(cls)
        if name not in MAPPING_METHODS
        and not any(
            rules.member(Type(kind), name) or rules.method(Type(kind), name)
            for kind in (owner, *ALSO.get(owner, ()))
        )
    }
    assert missing == set()


def test_every_class_is_in_the_rules() -> None:
    public = {*ablage_client_compat.__all__, *errors.__all__, *models.__all__} - NOT_OLD
    classes = {name for name in public if name[0].isupper()}
    assert classes - set(index().classes) == set()


def test_every_attribute_of_the_errors_is_in_the_rules() -> None:
    rules = index()
    attributes = set(vars(errors.AblageAPIError("x"))) - {"args"}
    for error in errors.__all__:
        if error != "error_for_status":
            assert {name for name in attributes if rules.member(Type(error), name) is None} == set()


def test_every_rule_rewrites_or_says_why_not() -> None:
    rules = index()
    rewriting = {
        *(id(rule) for rule in rules.classes.values() if rule.new),
        *(id(rule) for rule in rules.members.values() if rule.new or rule.expression),
        *(id(rule) for rule in rules.methods.values() if rule.call.path or rule.expression),
    }
    assert [rule for rule in RULES if not rule.reason and id(rule) not in rewriting] == []


def test_everything_the_rules_name_exists_in_the_sdk() -> None:
    for row in index().classes.values():
        for name in (*row.new, row.base):
            assert not name or hasattr(ablage_sdk, name)
    with ablage_sdk.AblageSDK(api_key="ak_test_x") as sdk:
        for method in index().methods.values():
            paths = [call.path for call in (method.call, method.otherwise) if call.path]
            for path in paths:
                target: object = sdk
                for part in path.split("."):
                    target = getattr(target, part)
                assert callable(target)
