"""Teams, users, keys and budgets in the Django admin."""

from __future__ import annotations

from typing import Any

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

from accounts.models import SCOPES, ApiKey, Budget, Membership, Team, User
from lynkr_site.admin_forms import LinesField

LIMITS = ("requests_per_minute", "tokens_per_minute", "parallel_requests")

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
        ("Limits", {"fields": LIMITS}),
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
        fields = ("name", "team", "user", "scopes", "model_allowlist", "expires_at", *LIMITS)


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
        fields = ["name", "team", "user", "scopes", "model_allowlist", "expires_at", *LIMITS]
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


@admin.register(Budget)
class BudgetAdmin(ModelAdmin):
    list_display = ("__str__", "window", "limit", "soft_limit")
    list_filter = ("window", "team")
    list_select_related = ("team", "user", "key")
    autocomplete_fields = ("team", "user", "key")
