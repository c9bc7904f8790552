"""Suggested bounds in the Django admin: read with their evidence, applied or dismissed; never edited."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from unfold.admin import ModelAdmin

from routing import suggestions
from routing.models import CalibrationSuggestion

BANDS = (
    ("below", "cheaper tier, just below"),
    ("above", "cheaper tier, just above"),
    ("dearer", "dearer tier, just above"),
)
_HEAD = ("Bound", "Now", "Suggested", "Answers of", "Good", "95% between", "Checked and good", "95% between")


@admin.register(CalibrationSuggestion)
class CalibrationSuggestionAdmin(ModelAdmin):
    list_per_page = 50
    list_display = ("policy", "moves_shown", "computed_at", "state")
    list_filter = ("state",)
    list_select_related = ("policy__team",)
    search_fields = ("policy__team__slug",)
    fields = ("policy", "state", "computed_at", "read_from", "evidence_shown")
    readonly_fields = fields
    actions = ("apply_selected", "dismiss_selected")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("routing.change_routingpolicy")

    @admin.display(description="Suggested")
    def moves_shown(self, row: CalibrationSuggestion) -> str:
        return suggestions.reason(row)

    @admin.display(description="Read from")
    def read_from(self, row: CalibrationSuggestion) -> str:
        found = row.evidence
        all_of_it = "" if found["whole"] else ", not all there were"
        return f"{found['answers']} answers near a bound since {found['since']}{all_of_it}"

    @admin.display(description="Evidence")
    def evidence_shown(self, row: CalibrationSuggestion) -> str:
        head = format_html_join("", '<th style="padding-right:1.5rem">{}</th>', ((word,) for word in _HEAD))
        lines = (
            (format_html_join("", "<td>{}</td>", ((cell,) for cell in _cells(bound, band, words))),)
            for bound in row.evidence["bounds"]
            for band, words in BANDS
        )
        return format_html("<table><tr>{}</tr>{}</table>", head, format_html_join("", "<tr>{}</tr>", lines))

    @admin.action(description="Apply", permissions=["decide"])
    def apply_selected(self, request: HttpRequest, queryset: QuerySet[CalibrationSuggestion]) -> None:
        def apply(row: CalibrationSuggestion) -> str:
            return f"The {row.policy} is version {suggestions.apply(row, request.user).version} now."

        self._each(request, queryset, apply)

    @admin.action(description="Dismiss", permissions=["decide"])
    def dismiss_selected(self, request: HttpRequest, queryset: QuerySet[CalibrationSuggestion]) -> None:
        def dismiss(row: CalibrationSuggestion) -> str:
            suggestions.dismiss(row)
            return f"The suggestion for the {row.policy} is dismissed."

        self._each(request, queryset, dismiss)

    def _each(
        self, request: HttpRequest, rows: QuerySet[CalibrationSuggestion], do: Callable[[CalibrationSuggestion], str]
    ) -> None:
        for row in rows.select_related("policy__team"):
            try:
                self.message_user(request, do(row))
            except ValidationError as problem:
                self.message_user(request, f"{row.policy}: {' '.join(problem.messages)}", messages.ERROR)


def _cells(bound: dict[str, Any], band: str, words: str) -> tuple[str, ...]:
    tally = bound[band]
    return (
        bound["bound"].replace("_", " "),
        str(bound["old"]),
        str(bound["new"]),
        words,
        f"{tally['ok']} of {tally['n']}",
        _between(tally["lower"], tally["upper"]),
        f"{tally['checked_ok']} of {tally['checked']}",
        _between(tally["checked_lower"], tally["checked_upper"]),
    )


def _between(lower: float, upper: float) -> str:
    return f"{lower:.1%} and {upper:.1%}"
