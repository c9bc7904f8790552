"""A button beside "Save" that shows what an edit would have cost: the form is saved, the configuration read as it would be
then, and all of it taken back before anything was in force. What compares the two is `gateway.previewing`, asked for by name:
the apps whose pages have the button do not know the gateway."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.contrib.messages import get_messages
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from unfold.decorators import action

DAYS = (7, 30)
_OWN_FIELDS = ("csrfmiddlewaretoken", "preview_days", "_save", "_continue", "_addanother")


class Preview:
    """Before ``ModelAdmin`` among the bases of a page whose rows decide what requests cost. A save that the database would
    refuse shows its mistakes, as a save does."""

    actions_submit_line = ("preview",)

    @action(description="Preview the cost", icon="calculate")
    def preview(self, request: HttpRequest, obj: Any) -> None:
        """The button; `changeform_view` answers it before anything is saved."""

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponseBase:
        button = f"{self.model._meta.app_label}_{self.model._meta.model_name}_preview"  # type: ignore[attr-defined]
        if request.method != "POST" or not (button in request.POST or "preview_days" in request.POST):
            return super().changeform_view(request, object_id, form_url, extra_context)  # type: ignore[misc,no-any-return]
        days = int(request.POST["preview_days"]) if request.POST.get("preview_days") in ("7", "30") else DAYS[0]
        data = request.POST.copy()
        data.pop(button, None)
        for name in _OWN_FIELDS[1:]:
            data.pop(name, None)
        data["_save"] = "1"
        request.POST = data  # type: ignore[assignment]
        previewing = import_module("gateway.previewing")
        now = previewing.build()
        with transaction.atomic():
            answer = super().changeform_view(request, object_id, form_url, extra_context)  # type: ignore[misc]
            then = previewing.build() if 300 <= answer.status_code < 400 else None
            transaction.set_rollback(True)
        if then is None:
            return answer  # type: ignore[no-any-return]
        forget_messages(request)
        context = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "title": "What it would have cost",
            "opts": self.model._meta,  # type: ignore[attr-defined]
            "kept": [(name, value) for name, values in data.lists() if name not in _OWN_FIELDS for value in values],
            "choices": DAYS,
            "days": days,
            **previewing.compared(now, then, days),
        }
        return TemplateResponse(request, "admin/preview.html", context)


def forget_messages(request: HttpRequest) -> None:
    """What a save that was taken back had to say."""
    storage = get_messages(request)
    storage._queued_messages = []  # type: ignore[attr-defined]
