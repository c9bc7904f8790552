"""The control plane's API, under /api/v1/ (its pages: /api/v1/docs, /api/v1/openapi.json)."""

from accounts.api.routes import api

__all__ = ["api"]
