"""Policies with their history, and candidates, in the Django admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextInputWidget

from lynkr_site.admin_forms import LinesField
from lynkr_site.admin_preview import Preview
from routing import policy_versions
from routing.admin_history import changes_since, history_of
from routing.models import PolicyVersion, RoutingPolicy

USUAL = (
    "judge_milliseconds",
    "borderline",
    "explore_percent",
    "calibrate",
    "tool_selection",
    "cache_marks",
    "terse",
    "hold_out_percent",
    "cache",
    "cache_scope",
    "cache_hours",
    "cache_temperature",
    "cache_gate",
    "cache_check_percent",
    "cache_error_percent",
    "cache_entries",
    "cache_entry_kb",
)


# What an admin looks for together.
GROUPS = (
    (None, ("team", "auto_names", "fallback", "pinned_tier", "sticky", "capture_content", "unknown_price")),
    ("Tiers by score", ("simple_up_to", "medium_up_to", "complex_up_to", "calibrate")),
    (
        "Second looks",
        ("cascade", "judge", "judge_milliseconds", "borderline", "explore_percent", "badge"),
    ),
    (
        "Fewer tokens",
        (
            "compress_results",
            "tool_selection",
            "cache_marks",
            "bypass",
            "terse",
            "trim_history",
            "repair_calls",
            "hold_out_percent",
        ),
    ),
    (
        "Answers from the cache",
        (
            "cache",
            "cache_scope",
            "cache_hours",
            "cache_temperature",
            "cache_gate",
            "cache_judge",
            "cache_check_percent",
            "cache_error_percent",
            "cache_prove",
            "cache_entries",
            "cache_entry_kb",
        ),
    ),
    ("This edit", ("reason", "history")),
)


class PolicyForm(forms.ModelForm):
    auto_names = LinesField(
        help_text="Patterns of model names that mean tier routing, one a line. Claude Code sends claude-* names."
    )
    reason = forms.CharField(
        required=False, max_length=300, widget=UnfoldAdminTextInputWidget, help_text="Why; written into the history."
    )

    class Meta:
        model = RoutingPolicy
        fields = tuple(name for _, names in GROUPS[:-1] for name in names)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in USUAL:
            self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        """What is left empty is the usual one."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in USUAL:
            if cleaned.get(name) in (None, "") and name not in self.errors:
                cleaned[name] = RoutingPolicy._meta.get_field(name).default
        return cleaned


@admin.register(RoutingPolicy)
class RoutingPolicyAdmin(Preview, ModelAdmin):
    """One save is one version."""

    list_per_page = 50
    form = PolicyForm
    fieldsets = tuple((name, {"fields": fields}) for name, fields in GROUPS)
    readonly_fields = ("history",)
    list_display = ("__str__", "version", "fallback", "pinned_tier", "sticky", "capture_content")
    list_select_related = ("team",)
    autocomplete_fields = ("team",)

    def save_model(self, request: HttpRequest, obj: RoutingPolicy, form: Any, change: bool) -> None:
        obj.by, obj.why = request.user, form.cleaned_data.get("reason") or ""
        super().save_model(request, obj, form, change)

    @admin.display(description="History")
    def history(self, policy: RoutingPolicy) -> str:
        return history_of(policy.versions.select_related("author")[:9]) if policy.pk else "-"


@admin.register(PolicyVersion)
class PolicyVersionAdmin(ModelAdmin):
    """History is read, and brought back; never edited."""

    list_per_page = 50
    list_display = ("policy", "number", "created_at", "author", "reason", "changes")
    list_filter = ("policy",)
    list_select_related = ("policy__team", "author")
    ordering = ("-id",)
    actions = ("bring_back",)

    @admin.display(description="Changes")
    def changes(self, version: PolicyVersion) -> str:
        return changes_since(version.policy.versions.filter(number__lt=version.number).first(), version)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_roll_back_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("routing.change_routingpolicy")

    @admin.action(description="Bring the selected version back", permissions=["roll_back"])
    def bring_back(self, request: HttpRequest, queryset: QuerySet[PolicyVersion]) -> None:
        versions = list(queryset.select_related("policy__team"))
        if len({version.policy_id for version in versions}) != len(versions):
            self.message_user(request, "Select one version of a policy.", messages.ERROR)
            return
        for version in versions:
            try:
                changed = policy_versions.roll_back(version, request.user)
            except ValidationError as problem:
                words = " ".join(problem.messages)
                self.message_user(request, f"Version {version.number} cannot come back: {words}", messages.ERROR)
                continue
            done = f"is as in version {version.number} again" if changed else "is like that already"
            self.message_user(request, f"The {version.policy} {done}.")
