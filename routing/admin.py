"""Tier maps with their history, policies, the catalogue and prices in the Django admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Case, Prefetch, QuerySet, Value, When
from django.http import HttpRequest
from django.utils.html import format_html_join
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import UnfoldAdminTextInputWidget

from lynkr_site.admin_preview import Preview
from routing import admin_calibration as admin_calibration  # its page is registered by being imported
from routing import admin_rules as admin_rules  # its page is registered by being imported
from routing import tier_maps
from routing.admin_history import changes_since, history_in_audit, history_of
from routing.admin_policies import PolicyVersionAdmin, RoutingPolicyAdmin
from routing.models import CatalogueModel, PriceBook, PriceOverride, TierMap, TierMapVersion, TierTarget

__all__ = ["PolicyVersionAdmin", "RoutingPolicyAdmin"]


class Targets(TabularInline):
    model = TierTarget
    extra = 0
    fields = ("tier", "position", "account", "model")

    def get_queryset(self, request: HttpRequest) -> QuerySet[TierTarget]:
        by_tier = Case(*[When(tier=tier, then=Value(place)) for place, tier in enumerate(TierTarget.Tier.values)])
        return super().get_queryset(request).order_by(by_tier, "position", "id")


class TierMapForm(forms.ModelForm):
    reason = forms.CharField(
        required=False, max_length=300, widget=UnfoldAdminTextInputWidget, help_text="Why; written into the history."
    )

    class Meta:
        model = TierMap
        fields = ("team",)


@admin.register(TierMap)
class TierMapAdmin(Preview, ModelAdmin):
    """One save is one version."""

    list_per_page = 50
    form = TierMapForm
    inlines = (Targets,)
    fields = ("team", "reason", "history")
    readonly_fields = ("history",)
    list_display = ("name", "version", "targets_shown")
    list_select_related = ("team",)
    search_fields = ("team__slug",)
    autocomplete_fields = ("team",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[TierMap]:
        targets = TierTarget.objects.select_related("account").order_by("position", "id")
        return super().get_queryset(request).prefetch_related(Prefetch("targets", targets))

    @admin.display(description="Team")
    def name(self, tier_map: TierMap) -> str:
        return str(tier_map.team or "default of the organisation")

    @admin.display(description="Targets")
    def targets_shown(self, tier_map: TierMap) -> str:
        content = tier_maps.content_of(tier_map, tier_map.targets.all())
        return format_html_join(" · ", "{}: {}", ((tier, ", ".join(refs)) for tier, refs in content.items()))

    @admin.display(description="History")
    def history(self, tier_map: TierMap) -> str:
        if tier_map.pk is None:
            return "-"
        return history_of(tier_map.versions.select_related("author")[:9])

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if not change or any(formset.has_changed() for formset in formsets):
            tier_maps.record(form.instance, request.user, form.cleaned_data.get("reason") or "")


@admin.register(TierMapVersion)
class TierMapVersionAdmin(ModelAdmin):
    """History is read, and brought back; never edited."""

    list_per_page = 25
    list_display = ("tier_map", "number", "created_at", "author", "reason", "changes", "content")
    list_filter = ("tier_map",)
    list_select_related = ("tier_map__team", "author")
    ordering = ("-id",)
    actions = ("bring_back",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="Changes")
    def changes(self, version: TierMapVersion) -> str:
        before = version.tier_map.versions.filter(number__lt=version.number).first()
        return changes_since(before, version)

    def has_roll_back_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("routing.change_tiermap")

    @admin.action(description="Bring the selected version back", permissions=["roll_back"])
    def bring_back(self, request: HttpRequest, queryset: QuerySet[TierMapVersion]) -> None:
        versions = list(queryset.select_related("tier_map__team"))
        if len({version.tier_map_id for version in versions}) != len(versions):
            self.message_user(request, "Select one version of a map.", messages.ERROR)
            return
        for version in versions:
            try:
                changed = tier_maps.roll_back(version, request.user)
            except tier_maps.UnknownAccount as problem:
                self.message_user(request, f"Version {version.number} cannot come back: {problem}.", messages.ERROR)
                continue
            done = f"is version {version.number} again" if changed else f"is as in version {version.number} already"
            self.message_user(request, f"The map of {version.tier_map.team or 'the organisation'} {done}.")


@admin.register(CatalogueModel)
class CatalogueModelAdmin(ModelAdmin):
    list_per_page = 50
    list_display = ("name", "account", "model", "context_window", "max_output_tokens", "vision", "enabled")
    list_filter = ("account", "enabled")
    list_select_related = ("account",)
    search_fields = ("alias", "model")


@admin.register(PriceOverride)
class PriceOverrideAdmin(Preview, ModelAdmin):
    list_per_page = 50
    list_display = ("model", "team", "input", "output", "cache_read", "is_free")
    list_filter = ("team", "is_free")
    list_select_related = ("team",)
    search_fields = ("model",)
    autocomplete_fields = ("team",)
    readonly_fields = ("history",)
    fieldsets = (
        (None, {"fields": ("model", "team", "is_free"), "description": "A name, or a pattern such as my-model-*."}),
        (
            "USD per 1M tokens",
            {"fields": ("input", "output", "cache_read", "cache_write_5m", "cache_write_1h")},
        ),
        (None, {"fields": ("history",)}),
    )

    @admin.display(description="History")
    def history(self, row: PriceOverride) -> str:
        return history_in_audit(row)


@admin.register(PriceBook)
class PriceBookAdmin(ModelAdmin):
    """What was fetched and when; nobody edits a book: prices of one's own are overrides."""

    list_per_page = 50
    list_display = ("id", "effective_from", "source", "models_count", "created_at")
    list_display_links = ("id", "effective_from")
    fields = ("effective_from", "source", "models_count", "digest", "created_at")
    readonly_fields = fields
    date_hierarchy = "effective_from"
    search_fields = ("source",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[PriceBook]:
        return super().get_queryset(request).defer("content")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: PriceBook | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: PriceBook | None = None) -> bool:
        return False
