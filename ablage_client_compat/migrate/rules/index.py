"""All rules, and how the codemod looks one up."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from ablage_client_compat.migrate.rules import (
    analytics,
    api_keys,
    async_client,
    classes,
    client,
    documents,
    pages,
    recognition,
    users,
    webhooks,
)
from ablage_client_compat.migrate.rules.model import Class, Member, Method

if TYPE_CHECKING:
    from ablage_client_compat.migrate.rules.model import Rule
    from ablage_client_compat.migrate.rules.types import Type

__all__ = ["RULES", "Index", "index"]

R = TypeVar("R", "Member", "Method")

RULES: list[Rule] = [
    *classes.RULES,
    *client.RULES,
    *async_client.RULES,
    *documents.RULES,
    *recognition.RULES,
    *pages.RULES,
    *users.RULES,
    *webhooks.RULES,
    *analytics.RULES,
    *api_keys.RULES,
]

#: Old classes without a name of their own that have all that another one has.
_PARENTS = {"SearchHit": "Document", "NewWebhook": "WebhookSubscription"}


@dataclass(frozen=True, slots=True)
class Index:
    """The rules, by what the codemod asks."""

    classes: dict[str, Class]
    members: dict[tuple[str, str], Member]
    methods: dict[tuple[str, str], Method]
    #: What to say of a peculiar name on a value nothing is known about.
    peculiar: dict[str, str]

    def member(self, kind: Type, name: str) -> Member | None:
        """Return the rule of an attribute or key."""
        return self._find(self.members, kind, name)

    def method(self, kind: Type, name: str) -> Method | None:
        """Return the rule of a method."""
        return self._find(self.methods, kind, name)

    def _find(self, rules: dict[tuple[str, str], R], kind: Type, name: str) -> R | None:
        rule = rules.get((kind.name, name))
        parent = _PARENTS.get(kind.name)
        known = self.classes.get(kind.name)
        if known is not None and known.owner:
            parent = known.owner
        return rules.get((parent, name)) if rule is None and parent is not None else rule


@functools.cache
def index() -> Index:
    """Return the index of the rules, made once per process."""
    members = {(rule.owner, rule.name): rule for rule in RULES if isinstance(rule, Member)}
    methods = {(rule.owner, rule.name): rule for rule in RULES if isinstance(rule, Method)}
    return Index(
        classes={rule.name: rule for rule in RULES if isinstance(rule, Class)},
        members=members,
        methods=methods,
        peculiar={
            rule.name: rule.suspicion for rule in (*members.values(), *methods.values()) if rule.peculiar
        },
    )
