"""Kept answers, near matches and standings in the Django admin: without any text of them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import ModelAdmin

from accounts.rights import NotYours, TooMuch, as_caller
from caching.models import CacheCheck, CacheEntry, CacheStanding
from gateway import answer_acts


class _Read(ModelAdmin):
    """Made by requests, never by hand."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(CacheEntry)
class CacheEntryAdmin(_Read):
    """Deleting one is all that may be done: it is sealed, and what it says is on no page."""

    fields = (
        "team", "user", "scope", "target", "tier", "policy", "tags", "input_tokens", "output_tokens", "cost_usd", "embedder",
        "dimension", "created_at", "expires_at", "hits", "last_hit_at", "bytes", "quarantined_at",
    )  # fmt: skip
    list_display = ("id", "scope", "target", "age", "hits", "bytes", "expires_at", "quarantined_at")
    list_filter = ("team",)
    list_select_related = ("team",)
    search_fields = ("scope", "target")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[CacheEntry]:
        return super().get_queryset(request).defer("answer", "ask_sealed", "vector", "exact", "context")

    @admin.display(description="Age", ordering="-created_at")
    def age(self, row: CacheEntry) -> str:
        return str(timezone.now() - row.created_at).split(".")[0]


@admin.register(CacheCheck)
class CacheCheckAdmin(_Read):
    fields = (
        "team", "user", "entry", "scope", "mode", "similarity", "gate", "why", "verdict", "judged_by", "at", "judged_at",
        "counted", "cost_usd",
    )  # fmt: skip
    list_display = ("id", "at", "team", "mode", "similarity", "gate", "verdict", "judged_by", "counted")
    list_filter = ("team", "mode", "verdict", "judged_by")
    list_select_related = ("team",)
    ordering = ("-at", "-id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[CacheCheck]:
        texts = ("kept_ask_sealed", "ask_sealed", "kept_answer_sealed", "fresh_answer_sealed")
        return super().get_queryset(request).defer(*texts)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """It was counted, or it may be yet; whose words are to go is forgotten as a whole."""
        return False


@admin.register(CacheStanding)
class CacheStandingAdmin(_Read):
    list_display = ("team", "checks", "wrong", "since", "off_since", "off_why", "raised_floor", "proven")
    list_filter = (("off_since", admin.EmptyFieldListFilter), "proven")
    list_select_related = ("team",)
    ordering = ("team__slug",)
    actions = ("switch_on",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_switch_on_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("routing.change_routingpolicy")

    @admin.action(description="Serve near matches again, and count anew", permissions=["switch_on"])
    def switch_on(self, request: HttpRequest, queryset: QuerySet[CacheStanding]) -> None:
        rights = as_caller(request.user)
        for row in queryset.select_related("team"):
            try:
                if rights is None:
                    raise NotYours
                answer_acts.serve_near_again(rights, row.team)
            except (NotYours, TooMuch, ValidationError):
                self.message_user(request, f"{row.team}: this is not yours to do.", messages.ERROR)
                continue
            self.message_user(request, f"Near matches of {row.team} are served again; checks are counted anew.")
