"""The words a policy's settings take."""

from __future__ import annotations

from django.db import models


class UnknownPrice(models.TextChoices):
    ALLOW = "allow"
    BLOCK = "block"
    DEAREST = "dearest"


class Calibrate(models.TextChoices):
    OFF = "off"
    SUGGEST = "suggest"
    APPLY = "apply"


class Selection(models.TextChoices):
    OFF = "off"
    SAFE = "safe"
    STRICT = "strict"


class Marks(models.TextChoices):
    OFF = "off"
    FIVE_MINUTES = "5m", "5 minutes"
    HOUR = "1h", "1 hour"


class Terse(models.TextChoices):
    OFF = "off"
    LITE = "lite"
    FULL = "full"
    ULTRA = "ultra"


class Cache(models.TextChoices):
    OFF = "off"
    EXACT = "exact", "Exact: the same request"
    SHADOW = "shadow", "Shadow: look for near ones, serve none"
    SEMANTIC = "semantic", "Semantic: an ask that means the same too"


class CacheScope(models.TextChoices):
    USER = "user", "Each user alone"
    TEAM = "team", "The team"
    ORGANISATION = "organisation", "All teams that share with all"


class CacheGate(models.TextChoices):
    STRICT = "strict"
    BALANCED = "balanced"
