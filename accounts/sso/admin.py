"""Identities whose users were deleted: deleting one here lets it in again. Allauth's own pages are not shown: one of them
would show secrets."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from accounts.sso.models import FormerIdentity

for shown in (EmailAddress, SocialAccount, SocialApp, SocialToken):
    if admin.site.is_registered(shown):
        admin.site.unregister(shown)


@admin.register(FormerIdentity)
class FormerIdentityAdmin(ModelAdmin):
    list_display = ("username", "deleted_at")
    readonly_fields = ("username", "uid", "deleted_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
