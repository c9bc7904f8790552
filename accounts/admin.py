"""Teams, users, keys and budgets in the Django admin."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, cast
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import action
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.paginator import InfinitePaginator
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminIntegerFieldWidget

from accounts import rotation
from accounts.models import (
    SCOPES,
    ApiKey,
    AuditEvent,
    Budget,
    BudgetIncrease,
    BudgetWindow,
    GroupMapping,
    Membership,
    Team,
    User,
)
from accounts.windows import Window, span
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
    list_per_page = 50
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
    list_per_page = 50
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
        fields = ("name", "team", "user", "scopes", "model_allowlist", "passthrough", "expires_at", *LIMITS)


class RotationForm(forms.Form):
    grace_hours = forms.IntegerField(
        min_value=0,
        max_value=30 * 24,
        initial=24,
        label="Hours the old key goes on working",
        widget=UnfoldAdminIntegerFieldWidget,
    )


@admin.register(ApiKey)
class ApiKeyAdmin(ModelAdmin):
    """A key's text is made here, shown on the next page, and never again. Keys are revoked, not deleted."""

    list_per_page = 50
    form = ApiKeyForm
    list_display = ("name", "team", "user", "prefix", "state", "created_at")
    list_filter = ("team", ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("team", "user")
    search_fields = ("name", "prefix", "user__username")
    autocomplete_fields = ("team", "user")
    actions = ("revoke",)
    actions_detail = ("rotate",)
    readonly_fields = (
        "prefix", "state", "created_by", "created_at", "revoked_at", "revoked_because", "replaced_by", "grace_until",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiKey]:
        return ApiKey.with_state(super().get_queryset(request))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = ["name", "team", "user", "scopes", "model_allowlist", "passthrough", "expires_at", *LIMITS]
        return [*fields, *self.readonly_fields] if obj else fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*self.readonly_fields, "team") if obj else self.readonly_fields

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="State")
    def state(self, key: ApiKey) -> str:
        return key.state

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        if not change:
            minted, obj.text_shown_once = ApiKey.mint()  # type: ignore[attr-defined]
            obj.prefix, obj.digest, obj.created_by = minted.prefix, minted.digest, request.user
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> HttpResponse:
        return self._shown_once(request, obj, obj.text_shown_once)

    def _shown_once(self, request: HttpRequest, key: ApiKey, text: str) -> HttpResponse:
        """A page of its own: a message would travel in a cookie, or lie in the session table."""
        context = {
            **self.admin_site.each_context(request),
            "key": key,
            "text": text,
            "address": settings.LYNKR.public_url,
            "title": "API key",
        }
        return TemplateResponse(
            request, "admin/accounts/apikey/made.html", context, headers={"Cache-Control": "no-store"}
        )

    @admin.action(description="Revoke the selected keys now", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        count = sum(rotation.revoke(key, "revoked by an administrator") for key in queryset)
        self.message_user(request, f"{count} keys revoked; in force within a second.", messages.SUCCESS)

    @action(description="Rotate", permissions=["change"], icon="autorenew")
    def rotate(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks how long the old key goes on working, then shows the new one, once."""
        key = self.get_object(request, object_id)
        if key is None or not self.has_change_permission(request, key):
            raise PermissionDenied
        form = RotationForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            grace = dt.timedelta(hours=form.cleaned_data["grace_hours"])
            try:
                fresh, text = rotation.rotate(key, cast(User, request.user), grace)
                return self._shown_once(request, fresh, text)
            except rotation.CannotRotate as problem:
                form.add_error(None, str(problem))
        context = {**self.admin_site.each_context(request), "key": key, "form": form, "title": f"Rotate {key.name}"}
        return TemplateResponse(request, "admin/accounts/apikey/rotate.html", context)


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

    list_per_page = 50
    form = BudgetForm
    inlines = (IncreasesOfBudget,)
    list_display = (
        "__str__",
        "window",
        "rolling",
        "model_pattern",
        "limit",
        "soft_limit",
        "spent",
        "set_by",
        "is_active",
    )
    list_filter = ("window", "rolling", "is_active", "team")
    list_select_related = ("team", "user", "key", "set_by")
    autocomplete_fields = ("team", "user", "key")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        stays = ("team", "user", "key", "model_pattern", "window", "rolling", "time_zone", "spent")
        return (*stays, "set_by", "set_by_admin") if obj else ()

    def save_model(self, request: HttpRequest, obj: Budget, form: Any, change: bool) -> None:
        """Whoever works here acts as an administrator: leads cannot undo it."""
        obj.set_by, obj.set_by_admin = cast(User, request.user), True
        super().save_model(request, obj, form, change)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Budget]:
        """With the windows that may count now: the longest is a month."""
        lately = BudgetWindow.objects.filter(window_start__gt=timezone.now() - dt.timedelta(days=33))
        return super().get_queryset(request).prefetch_related(Prefetch("windows", lately))

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


@admin.register(GroupMapping)
class GroupMappingAdmin(ModelAdmin):
    """What the groups of the identity provider mean here."""

    list_per_page = 50
    list_display = ("group", "team", "role", "is_admin")
    list_select_related = ("team",)
    search_fields = ("group", "team__slug")
    autocomplete_fields = ("team",)


class EventWords(admin.AllValuesFieldListFilter):
    """The words that occur among the newest events: reading all of them for a list of choices takes too long (DBL-8)."""

    NEWEST = 1_000

    def __init__(self, *given: Any, field_path: str) -> None:
        super().__init__(*given, field_path=field_path)
        newest = AuditEvent.objects.order_by("-id").values("pk")[: self.NEWEST]
        words = AuditEvent.objects.filter(pk__in=newest).order_by(field_path).values_list(field_path, flat=True)
        self.lookup_choices = words.distinct()


@admin.register(AuditEvent)
class AuditEventAdmin(ModelAdmin):
    """Read only: who changed what."""

    list_display = ("at", "actor_name", "via", "action", "object_type", "object_name", "team")
    list_filter = (
        ("action", EventWords),
        ("object_type", EventWords),
        ("via", EventWords),
        ("team", RelatedDropdownFilter),
        ("actor", RelatedDropdownFilter),
    )
    list_filter_submit = True
    list_select_related = ("team",)
    search_fields = ("actor_name",)
    search_help_text = "Who, what it was done to (its name's beginning) or that thing's id"
    ordering = ("-id",)
    sortable_by = ()
    paginator = InfinitePaginator
    show_full_result_count = False
    list_per_page = 50
    fields = (
        "at", "actor", "actor_name", "via", "action", "object_type", "object_id", "object_name", "team",
        "before_shown", "after_shown",
    )  # fmt: skip
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """By beginnings: words in the middle of a name would be compared with every event there is (DBL-8)."""
        term = search_term.strip().replace("\0", "")
        if not term:
            return queryset, False
        return queryset.filter(Q(actor_name=term) | Q(object_id=term) | Q(object_name__startswith=term)), False

    @admin.display(description="Before")
    def before_shown(self, event: AuditEvent) -> str:
        return _pretty(event.before)

    @admin.display(description="After")
    def after_shown(self, event: AuditEvent) -> str:
        return _pretty(event.after)


def _pretty(value: Any) -> str:
    return format_html("<pre>{}</pre>", json.dumps(value, indent=2, ensure_ascii=False)) if value else "-"
