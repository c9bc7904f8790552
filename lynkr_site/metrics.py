"""`/metrics` for Prometheus: this process's, or all processes' that share PROMETHEUS_MULTIPROC_DIR."""

from __future__ import annotations

import hmac

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Open, unless LYNKR_METRICS_TOKEN is set: then `Authorization: Bearer <token>`."""
    token = settings.LYNKR.metrics_token
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if token and not hmac.compare_digest(given.encode(), token.encode()):
        return HttpResponse("a bearer token is needed\n", status=401, content_type="text/plain")
    found: HttpResponse = ExportToDjangoView(request)
    return found
