"""What turns asks into vectors, in the Django admin. Here and not with its model, because trying it calls the account."""

from __future__ import annotations

import time
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.admin import ModelAdmin
from unfold.decorators import action

from caching.models import EmbeddingSettings
from gateway.reading_now import ReadingNow
from gateway.snapshot.rows import build

SAMPLES = ["How do I rename a git branch?", "What is the way to give a branch another name in git?"]
SECONDS = 10.0


@admin.register(EmbeddingSettings)
class EmbeddingSettingsAdmin(ModelAdmin):
    """One row: its page is the list."""

    fields = ("kind", "account", "model", "dimension", "milliseconds")
    actions_detail = ("try_it",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not EmbeddingSettings.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        row = EmbeddingSettings.objects.first()
        if row is None and self.has_add_permission(request):
            return HttpResponseRedirect(reverse("admin:caching_embeddingsettings_add"))
        if row is not None and self.has_view_or_change_permission(request):
            return HttpResponseRedirect(reverse("admin:caching_embeddingsettings_change", args=(row.pk,)))
        return super().changelist_view(request, extra_context)

    @action(description="Try it", permissions=["change"], icon="labs", attrs={"title": "Reads two sentences"})
    def try_it(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Two sentences that mean the same, read twice with the settings as they are saved."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        problem, told = _tried()
        self.message_user(request, told, messages.WARNING if problem else messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:caching_embeddingsettings_change", args=(object_id,)))


def _tried() -> tuple[bool, str]:
    """Whether something is wrong, and what came of it."""
    with ReadingNow(build()) as now:
        now.read(SAMPLES[:1], SECONDS)  # connecting and loading are no part of a request's wait
        began = time.monotonic()
        found = now.read(SAMPLES[1:], SECONDS)
        milliseconds = round((time.monotonic() - began) * 1000)
        both = now.read(SAMPLES, SECONDS)
        if found is None or both is None:
            return True, f"No vectors: {now.vectors.problem or 'these settings name nothing that makes them.'}"
        one, other = (reading.vector for reading in both.each)
        likeness = sum(float(a) * float(b) for a, b in zip(one, other, strict=True))
        told = (
            f"{both.tag}: {len(one)} numbers in {milliseconds} ms; "
            f"two sentences that mean the same are {likeness:.2f} alike."
        )
        late = milliseconds > now.vectors.patience * 1000
        return late, told + (" A request would have gone on without." if late else "")
