from django.apps import AppConfig


class CachingConfig(AppConfig):
    name = "caching"
    verbose_name = "Answer cache"
    default_auto_field = "django.db.models.BigAutoField"
