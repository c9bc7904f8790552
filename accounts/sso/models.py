from __future__ import annotations

from django.db import models


class FormerIdentity(models.Model):
    """An identity whose user was deleted: it does not come back by signing in again (SSO-5) until this row is deleted."""

    uid = models.CharField(max_length=64, unique=True)
    username = models.CharField(max_length=150)
    deleted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "former identities"

    def __str__(self) -> str:
        return self.username
