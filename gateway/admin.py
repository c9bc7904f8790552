"""Provider accounts and what went through the gateway in the Django admin."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from unfold.admin import ModelAdmin, TabularInline
from unfold.paginator import InfinitePaginator
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldAdminSelectWidget

from accounts.keys import prefix_of
from accounts.models import ApiKey
from gateway.admin_caching import CacheEntryAdmin as CacheEntryAdmin
from gateway.admin_channels import NotificationChannelAdmin as NotificationChannelAdmin
from gateway.admin_embedding import EmbeddingSettingsAdmin as EmbeddingSettingsAdmin
from gateway.models import Attempt, Operation, ProviderAccount, ProviderSecret
from gateway.providers import registry

STATUSES = ("completed", "truncated", "interrupted", "rejected", "refused", "failed", "open")
_SEARCH_DAYS = 14
_SHOWN = 36


class SecretForm(forms.ModelForm):
    """The secret goes in and never comes out: what is shown of it is its last four characters."""

    value = forms.CharField(
        label="Secret",
        required=False,
        strip=True,
        max_length=20_000,
        widget=UnfoldAdminPasswordWidget(render_value=False, attrs={"autocomplete": "new-password"}),
        help_text="Blank: unchanged.",
    )

    class Meta:
        model = ProviderSecret
        fields = ("label", "weight", "enabled")

    def clean_value(self) -> str:
        value: str = self.cleaned_data["value"]
        if not value and self.instance.pk is None:
            raise ValidationError("Enter the secret.")
        return value

    def save(self, commit: bool = True) -> Any:
        if value := self.cleaned_data.get("value"):
            self.instance.seal(value)
        return super().save(commit)


class SecretsFormSet(forms.BaseInlineFormSet):
    """A new account must be able to call: without its key every request would fail, and only then."""

    def clean(self) -> None:
        super().clean()
        account: ProviderAccount = self.instance
        if account.pk is not None or not account.enabled or any(self.errors):
            return
        try:
            vendor = registry.vendor(registry.canonical(account.vendor))
        except KeyError:
            return  # told beside the vendor's own field
        given = [form for form in self.forms if form.cleaned_data.get("value") and form not in self.deleted_forms]
        if vendor.needs_secret and not given:
            raise ValidationError(f"{vendor.label} needs a key: add a secret, or save the account without Enabled.")


class Secrets(TabularInline):
    model = ProviderSecret
    form = SecretForm
    formset = SecretsFormSet
    extra = 0
    fields = ("value", "ending", "label", "weight", "enabled")
    readonly_fields = ("ending",)

    @admin.display(description="Ends in")
    def ending(self, secret: ProviderSecret) -> str:
        return f"…{secret.hint}" if secret.hint else "-"


class AccountForm(forms.ModelForm):
    vendor = forms.ChoiceField(choices=[(name, name) for name in registry.names()], widget=UnfoldAdminSelectWidget)

    class Meta:
        model = ProviderAccount
        fields = "__all__"


@admin.register(ProviderAccount)
class ProviderAccountAdmin(ModelAdmin):
    form = AccountForm
    inlines = (Secrets,)
    list_display = ("name", "vendor", "base_url", "weight", "enabled")
    list_filter = ("vendor", "enabled")
    search_fields = ("name", "vendor")
    filter_horizontal = ("teams",)
    fieldsets = (
        (None, {"fields": ("name", "vendor", "base_url", "enabled", "teams")}),
        ("More", {"fields": ("weight", "options"), "classes": ("collapse",)}),
        (
            "Deadlines in seconds",
            {
                "fields": ("connect_seconds", "first_token_seconds", "idle_seconds", "total_seconds"),
                "description": "Empty: 10 to connect, 300 to the first token, 85 between two reads, 1800 in total.",
                "classes": ("collapse",),
            },
        ),
    )


class StatusFilter(admin.SimpleListFilter):
    title, parameter_name = "status", "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [(status, status) for status in STATUSES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Operation]) -> QuerySet[Operation]:
        return queryset.filter(status=self.value()) if self.value() in STATUSES else queryset


class TierFilter(admin.SimpleListFilter):
    title, parameter_name = "tier", "tier"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [(tier, tier) for tier in ("SIMPLE", "MEDIUM", "COMPLEX", "REASONING")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Operation]) -> QuerySet[Operation]:
        return queryset.filter(tier=self.value()) if self.value() else queryset


class DayFilter(admin.SimpleListFilter):
    """By partition, so that a narrow look reads few of them."""

    title, parameter_name = "days", "days"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("1", "today"), ("7", "7 days"), ("30", "30 days")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Operation]) -> QuerySet[Operation]:
        if not (self.value() or "").isdigit():
            return queryset
        return queryset.filter(day__gt=timezone.now().date() - dt.timedelta(days=int(self.value())))


@admin.register(Operation)
class OperationAdmin(ModelAdmin):
    """Newest first by primary key, without ever counting a partitioned table."""

    paginator = InfinitePaginator
    show_full_result_count = False
    list_per_page = 50
    list_display = (
        "started_at",
        "status",
        "key_prefix",
        "asked",
        "tier",
        "served",
        "tokens",
        "cost",
        "total_ms",
    )
    list_filter = (DayFilter, StatusFilter, TierFilter)
    ordering = ("-id",)
    sortable_by = ()
    search_fields = ("id",)
    search_help_text = (
        f"An id, a key's prefix (lyk_…), a client's request id or a session id, of the last {_SEARCH_DAYS} days"
    )
    fieldsets = (
        (None, {"fields": ("id", "started_at", "status", "http_status", "error_code", "error_message")}),
        ("Who", {"fields": ("team_id", "user_id", "key_id", "key_prefix", "client", "client_request_id", "session_id")}),
        ("What", {"fields": ("surface", "streamed", "requested_model", "tier", "score", "reason", "decision_shown")}),
        ("Served by", {"fields": ("account", "model", "attempts_shown", "losses_shown")}),
        ("Saved by passes", {"fields": ("tokens_saved", "saved_usd", "passes_shown")}),
        (
            "Usage",
            {
                "fields": (
                    "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_5m_tokens",
                    "cache_write_1h_tokens", "reasoning_tokens", "cost_usd", "is_estimate", "first_token_ms", "total_ms",
                )
            },
        ),
    )  # fmt: skip
    readonly_fields = ("decision_shown", "attempts_shown", "losses_shown", "passes_shown")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        term = search_term.strip()
        if not term:
            return queryset, False
        try:
            return queryset.filter(id=uuid.UUID(term)), False
        except ValueError:
            pass
        if term.startswith("lyk_"):
            key = ApiKey.objects.filter(prefix=prefix_of(term)).values_list("pk", flat=True).first()
            return (queryset.filter(key_id=key) if key else queryset.none()), False
        recent = queryset.filter(day__gt=timezone.now().date() - dt.timedelta(days=_SEARCH_DAYS))
        return recent.filter(Q(client_request_id=term) | Q(session_id=term)), False

    @admin.display(description="Served by")
    def served(self, operation: Operation) -> str:
        return _on_one_line(f"{operation.account}/{operation.model}") if operation.account else "-"

    @admin.display(description="Requested model")
    def asked(self, operation: Operation) -> str:
        return _on_one_line(operation.requested_model)

    @admin.display(description="Tokens in/out")
    def tokens(self, operation: Operation) -> str:
        return " / ".join("?" if n is None else str(n) for n in (operation.input_tokens, operation.output_tokens))

    @admin.display(description="USD")
    def cost(self, operation: Operation) -> str:
        """An unknown price is shown as such, never as 0."""
        return "unknown" if operation.cost_usd is None else f"{operation.cost_usd:.6f}"

    @admin.display(description="Decision")
    def decision_shown(self, operation: Operation) -> str:
        return _pretty(operation.decision)

    @admin.display(description="Losses")
    def losses_shown(self, operation: Operation) -> str:
        return _pretty(operation.losses)

    @admin.display(description="Session and receipts")
    def passes_shown(self, operation: Operation) -> str:
        return _pretty(operation.passes)

    @admin.display(description="Attempts")
    def attempts_shown(self, operation: Operation) -> str:
        """A child of an operation may begin on the next day, never earlier."""
        rows = Attempt.objects.filter(operation_id=operation.id, day__gte=operation.day).order_by("sequence", "id")[:50]
        shown = (
            (
                row.sequence, row.account, row.model, row.status, row.upstream_status or "-", row.error_code or "-",
                row.total_ms if row.total_ms is not None else "?", row.upstream_request_id or "-",
            )
            for row in rows
        )  # fmt: skip
        lines = format_html_join("", "<li>#{} {}/{}: {} · HTTP {} · {} · {} ms · {}</li>", shown)
        return format_html("<ol>{}</ol>", lines) if lines else "-"


def _on_one_line(name: str) -> str:
    """A long name must not make a row three lines high: its end, which tells most, and all of it under the pointer."""
    shown = name if len(name) <= _SHOWN else f"…{name[1 - _SHOWN :]}"
    return format_html('<span class="whitespace-nowrap" title="{}">{}</span>', name, shown)


def _pretty(value: Any) -> str:
    return format_html("<pre>{}</pre>", json.dumps(value, indent=2, ensure_ascii=False)) if value else "-"
