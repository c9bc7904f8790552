"""Certainty rules in the Django admin, and a page to try an ask on them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from routing.models import RoutingPolicy, RoutingRule
from routing.patterns import problem_of
from routing.rule import FORMS
from routing.trying import try_ask


class RuleForm(forms.ModelForm):
    class Meta:
        model = RoutingRule
        fields = ("team", "name", "kind", "tier", "scope", "form", "pattern", "enabled", "position", "note")
        widgets = {"pattern": UnfoldAdminTextareaWidget(attrs={"rows": 12, "spellcheck": "false"})}


class TryForm(forms.Form):
    """`pattern`: one that is not saved yet."""

    team = forms.ModelChoiceField(
        queryset=None, required=False, widget=UnfoldAdminSelectWidget, empty_label="of all teams"
    )
    ask = forms.CharField(max_length=20_000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 6}))
    form = forms.ChoiceField(
        choices=[(word, word) for word in FORMS], required=False, widget=UnfoldAdminSelectWidget, initial="words"
    )
    pattern = forms.CharField(
        required=False,
        max_length=12_000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "spellcheck": "false"}),
        help_text="To try a pattern before it becomes a rule.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = RoutingPolicy._meta.get_field("team").related_model.objects
        self.fields["team"].queryset = teams.filter(is_active=True).order_by("slug")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("pattern") and (problem := problem_of(given.get("form") or "words", given["pattern"])):
            self.add_error("pattern", problem)
        return given


@admin.register(RoutingRule)
class RoutingRuleAdmin(ModelAdmin):
    list_per_page = 50
    form = RuleForm
    list_display = ("name", "team", "kind", "tier", "scope", "form", "enabled", "position")
    list_editable = ("enabled",)
    list_filter = ("kind", "tier", "enabled", "team")
    list_select_related = ("team",)
    search_fields = ("name", "note", "pattern")
    autocomplete_fields = ("team",)
    actions_list = ("try_rules",)

    def get_urls(self) -> list[URLPattern]:
        page = path("try/", self.admin_site.admin_view(self.trying), name="routing_routingrule_try")
        return [page, *super().get_urls()]

    @action(description="Try an ask", url_path="to-the-trial")
    def try_rules(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:routing_routingrule_try"))

    def trying(self, request: HttpRequest) -> HttpResponse:
        """The ask comes by POST and is not kept: it does not get into any log."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = TryForm(request.POST or None)
        outcome = None
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data
            outcome = try_ask(given["ask"], given["team"], given["pattern"], given["form"] or "words")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Try an ask on the rules",
            "form": form,
            "outcome": outcome,
        }
        return render(request, "routing/try_rules.html", context)
