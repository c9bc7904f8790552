"""Where news of budgets goes, in the Django admin. Here and not with its model, because a webhook's address is sealed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminPasswordWidget

from accounts.models import NotificationChannel
from gateway import secrets


class ChannelForm(forms.ModelForm):
    url = forms.CharField(
        required=False,
        label="Webhook address",
        widget=UnfoldAdminPasswordWidget(render_value=False, attrs={"autocomplete": "off"}),
        help_text="Kept encrypted and never shown again; empty: as it is.",
    )

    class Meta:
        model = NotificationChannel
        fields = ("team", "kind", "addresses", "enabled")

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        url = given.get("url") or ""
        if url and not url.startswith(("https://", "http://")):
            self.add_error("url", "Must begin with https:// or http://.")
        if given.get("kind") == NotificationChannel.Kind.EMAIL and not given.get("addresses"):
            self.add_error("addresses", "Is required for e-mail.")
        if given.get("kind") == NotificationChannel.Kind.WEBHOOK and not (url or self.instance.sealed_url):
            self.add_error("url", "Is required for a webhook.")
        return given


@admin.register(NotificationChannel)
class NotificationChannelAdmin(ModelAdmin):
    form = ChannelForm
    list_display = ("__str__", "kind", "addresses", "hint", "enabled")
    list_select_related = ("team",)
    autocomplete_fields = ("team",)

    def save_model(self, request: HttpRequest, obj: NotificationChannel, form: Any, change: bool) -> None:
        if url := form.cleaned_data.get("url"):
            obj.sealed_url, obj.hint = secrets.seal(url), urlsplit(url).hostname or ""
        super().save_model(request, obj, form, change)
