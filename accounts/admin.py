"""Teams, users, keys and budgets in the Django admin."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts.models import SCOPES, ApiKey, Budget, BudgetIncrease, Membership, Team, User
from accounts.windows import Window, span
from lynkr_site.admin_forms import LinesField

admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    pass


class MembersOfTeam(TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ("user",)


class TeamsOfUser(TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ("team",)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    inlines = (TeamsOfUser,)
    list_display = ("username", "email", "is_service", "is_active", "is_staff")
    list_filter = ("is_active", "is_service", "is_staff", "teams")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email", "is_service")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()


@admin.register(Team)
class TeamAdmin(ModelAdmin):
    inlines = (MembersOfTeam,)
    list_display = ("slug", "name", "cost_center", "is_active")
    list_filter = ("is_active",)
    search_fields = ("slug", "name", "cost_center")


class ApiKeyForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        choices=[(scope, scope) for scope in SCOPES],
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text="None: chat, embeddings and models.",
    )
    model_allowlist = LinesField(
        label="Allowed models", help_text="Patterns, one a line, such as gpt-* or simple. None: all the team may use."
    )

    class Meta:
        model = ApiKey
        fields = ("name", "team", "user", "scopes", "model_allowlist", "expires_at")


@admin.register(ApiKey)
class ApiKeyAdmin(ModelAdmin):
    """A key's text is made here, shown on the next page, and never again. Keys are revoked, not deleted."""

    form = ApiKeyForm
    list_display = ("name", "team", "user", "prefix", "state", "created_at")
    list_filter = ("team", ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("team", "user")
    search_fields = ("name", "prefix", "user__username")
    autocomplete_fields = ("team", "user")
    actions = ("revoke",)
    readonly_fields = ("prefix", "state", "created_by", "created_at", "revoked_at")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = ["name", "team", "user", "scopes", "model_allowlist", "expires_at"]
        return [*fields, "prefix", "state", "created_by", "created_at", "revoked_at"] if obj else fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*self.readonly_fields, "team") if obj else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="State")
    def state(self, key: ApiKey) -> str:
        if key.revoked_at:
            return "revoked"
        return "live" if key.is_live else "expired"

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        if not change:
            minted, obj.text_shown_once = ApiKey.mint()  # type: ignore[attr-defined]
            obj.prefix, obj.digest, obj.created_by = minted.prefix, minted.digest, request.user
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        """A page of its own: a message would travel in a cookie, or lie in the session table."""
        context = {
            **self.admin_site.each_context(request),
            "key": obj,
            "text": obj.text_shown_once,
            "address": settings.LYNKR.public_url,
            "title": "API key",
        }
        return TemplateResponse(
            request, "admin/accounts/apikey/made.html", context, headers={"Cache-Control": "no-store"}
        )

    @admin.action(description="Revoke the selected keys now", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        count = queryset.filter(revoked_at=None).update(revoked_at=timezone.now())
        self.message_user(request, f"{count} keys revoked; in force within a second.", messages.SUCCESS)


class IncreasesOfBudget(TabularInline):
    model = BudgetIncrease
    extra = 0
    fields = ("amount", "expires_at", "reason")


class BudgetForm(forms.ModelForm):
    """Numbers and words that would switch a budget off in silence are refused (BUD-9, RST-6)."""

    class Meta:
        model = Budget
        fields = "__all__"

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("time_zone") and given["time_zone"] not in available_timezones():
            self.add_error("time_zone", "No IANA time zone such as Europe/Berlin.")
        limit, soft = given.get("limit"), given.get("soft_limit")
        if limit is not None and soft is not None and soft > limit:
            self.add_error("soft_limit", "Must not be above the limit.")
        if given.get("soft_action") == Budget.SoftAction.CAP_TIER:
            if given.get("cap_tier") not in ("SIMPLE", "MEDIUM", "COMPLEX"):
                self.add_error("cap_tier", "Must be SIMPLE, MEDIUM or COMPLEX.")
            if soft is None:
                self.add_error("soft_limit", "Is required to cap the tier.")
        return given


@admin.register(Budget)
class BudgetAdmin(ModelAdmin):
    """What it is of and its window stay: another window is another budget, which starts with nothing spent (RST-4)."""

    form = BudgetForm
    inlines = (IncreasesOfBudget,)
    list_display = ("__str__", "window", "rolling", "model_pattern", "limit", "soft_limit", "spent", "is_active")
    list_filter = ("window", "rolling", "is_active", "team")
    list_select_related = ("team", "user", "key")
    autocomplete_fields = ("team", "user", "key")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("team", "user", "key", "model_pattern", "window", "rolling", "time_zone", "spent") if obj else ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Budget]:
        return super().get_queryset(request).prefetch_related("windows")

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for one in formset.save(commit=False):
            one.author = one.author or request.user
            one.save()
        for one in formset.deleted_objects:
            one.delete()

    @admin.display(description="Spent (leased)")
    def spent(self, budget: Budget) -> str:
        """In the window of now."""
        when = span(Window(budget.window, budget.rolling, budget.time_zone), timezone.now())
        rows = [row for row in budget.windows.all() if when.since <= row.window_start <= when.start]
        leased = sum(row.leased for row in rows)
        return f"{sum(row.spent for row in rows):.2f} ({leased:.2f}) USD"
