"""What stands for an id or an empty word of the roll-ups on a page."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from accounts.models import ApiKey, Team, User

NO_KEY = uuid.UUID(int=0)
_SURFACES = {
    "anthropic": "Anthropic Messages",
    "openai_chat": "OpenAI Chat Completions",
    "openai_responses": "OpenAI Responses",
    "openai_embeddings": "Embeddings",
    "embeddings": "Embeddings",
}
_NONE = {
    "model": "(none served)",
    "account": "(none served)",
    "vendor": "(none served)",
    "tier": "(no tier)",
    "surface": "(other)",
}


@dataclass(frozen=True, slots=True)
class Name:
    """`detail`: a word of less weight beside it. `team`: the slug of a team's own page."""

    text: str
    detail: str = ""
    team: str = ""


def names(dimension: str, values: Iterable[Any]) -> dict[Any, Name]:
    """Of each value; one query at most. What was deleted is named by its id: its costs stay."""
    wanted = set(values)
    if dimension == "user":
        people = User.objects.filter(pk__in=wanted).values_list("pk", "username", "is_service")
        found = {pk: Name(name, "service" if service else "") for pk, name, service in people}
        return {
            pk: found.get(pk, Name(f"user {pk}", "deleted") if pk else Name("(no person)", "a team's own key"))
            for pk in wanted
        }
    if dimension == "key":
        keys = ApiKey.objects.filter(pk__in=wanted).values_list("pk", "name", "prefix")
        found = {pk: Name(name, prefix) for pk, name, prefix in keys}
        return {
            pk: found.get(pk, Name("(no key)") if pk == NO_KEY else Name(f"key {str(pk)[-8:]}", "deleted"))
            for pk in wanted
        }
    if dimension == "team":
        teams = Team.objects.filter(pk__in=wanted).values_list("pk", "slug", "name")
        found = {pk: Name(name or slug, slug if name else "", slug) for pk, slug, name in teams}
        return {pk: found.get(pk, Name(f"team {pk}", "deleted") if pk else Name("(no team)")) for pk in wanted}
    if dimension == "surface":
        return {word: Name(_SURFACES.get(word, word) or _NONE["surface"]) for word in wanted}
    return {word: Name(word or _NONE.get(dimension, "(none)")) for word in wanted}
