"""What a policy says about answers from the cache, as columns (routing.answer_cache; docs/answer-cache.md)."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from routing.choices import Cache, CacheGate, CacheScope


class CacheSettings(models.Model):
    cache = models.CharField(
        max_length=8,
        choices=Cache,
        default=Cache.EXACT,
        help_text="Which answers are served again, without a provider. Shadow shows what semantic would do.",
    )
    cache_scope = models.CharField(
        max_length=12, choices=CacheScope, default=CacheScope.USER, help_text="Who gets an answer that is kept."
    )
    cache_hours = models.PositiveIntegerField(
        default=24,
        validators=[MinValueValidator(1), MaxValueValidator(24 * 366)],
        help_text="How long an answer may be served.",
    )
    cache_temperature = models.FloatField(
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(2)],
        help_text="The highest temperature whose answers are kept. A request that names none has the providers' 1: whoever "
        "samples wants other answers.",
    )
    cache_gate = models.CharField(
        max_length=8,
        choices=CacheGate,
        default=CacheGate.BALANCED,
        help_text="How sure a near match must be. strict: nearly the same words.",
    )
    cache_judge = models.CharField(
        max_length=300,
        blank=True,
        help_text="A model (account/model) that is asked about near matches in between, and whether two answers say the "
        "same. It sees both. Empty: none.",
    )
    cache_check_percent = models.PositiveSmallIntegerField(
        default=5,
        validators=[MaxValueValidator(100)],
        help_text="The share of near matches that is asked again behind the answer, to compare. The team pays for it.",
    )
    cache_error_percent = models.FloatField(
        default=0.5,
        validators=[MinValueValidator(0.01), MaxValueValidator(20)],
        help_text="Near matches are switched off for a team when checks show that more of them are wrong than this.",
    )
    cache_prove = models.BooleanField(
        default=False,
        help_text="Serve no near match before checks have shown that fewer are wrong than that; until then they are "
        "compared only.",
    )
    cache_entries = models.PositiveIntegerField(
        default=50_000,
        validators=[MaxValueValidator(10_000_000)],
        help_text="Answers a team keeps; the oldest go first.",
    )
    cache_entry_kb = models.PositiveIntegerField(
        default=256, validators=[MinValueValidator(1), MaxValueValidator(8192)], help_text="The longest answer kept."
    )

    class Meta:
        abstract = True
