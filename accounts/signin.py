"""Signing in with a password, made slow for whoever guesses.

Failures are counted by name and by name and address, in the shared cache: a stranger who guesses keeps only their own address
out, until very many addresses guess at one name. A cache that is away counts nothing, so that it locks nobody out.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import structlog
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.forms import AuthenticationForm
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest
from unfold.forms import AuthenticationForm as AdminForm

log = structlog.get_logger("lynkr.signin")

SECONDS = 15 * 60
FROM_ONE_ADDRESS = 10
FROM_ALL = 200
TOO_MANY = "Too many wrong passwords. Wait 15 minutes, or ask an administrator."


class Password(ModelBackend):
    """Raises `PermissionDenied`, which ends the attempt without looking at the password, after too many wrong ones."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **more: Any
    ) -> Any:
        if request is None or username is None or password is None:
            return super().authenticate(request, username, password, **more)
        if refused(request, username):
            log.warning("too many wrong passwords", user=username[:150], address=_address(request))
            raise PermissionDenied
        user = super().authenticate(request, username, password, **more)
        if user is None:
            _count(request, username)
        else:
            _forgive(request, username)
        return user


class SaysSo:
    """Of a form: tells who guessed too often why nothing works, be the password right or not."""

    def clean(self) -> Any:
        name = self.cleaned_data.get("username")  # type: ignore[attr-defined]
        if name and refused(self.request, name):  # type: ignore[attr-defined]
            raise ValidationError(TOO_MANY, code="too_many")
        return super().clean()  # type: ignore[misc]


class Form(SaysSo, AuthenticationForm):
    pass


class AdminSignIn(SaysSo, AdminForm):
    pass


def refused(request: HttpRequest, name: str) -> bool:
    here, everywhere = _names(request, name)
    try:
        found = cache.get_many([here, everywhere])
    except Exception as problem:
        _away(problem)
        return False
    return found.get(here, 0) >= FROM_ONE_ADDRESS or found.get(everywhere, 0) >= FROM_ALL


def _count(request: HttpRequest, name: str) -> None:
    try:
        for counter in _names(request, name):
            cache.add(counter, 0, SECONDS)
            cache.incr(counter)
    except ValueError:  # it ended between the two
        return
    except Exception as problem:
        _away(problem)


def _forgive(request: HttpRequest, name: str) -> None:
    try:
        cache.delete(_names(request, name)[0])
    except Exception as problem:
        _away(problem)


def _away(problem: Exception) -> None:
    log.warning("wrong passwords are not counted", problem=type(problem).__name__)


def _names(request: HttpRequest, name: str) -> tuple[str, str]:
    """Of the counters. A name is what people type, so it is hashed: sometimes it is their password."""
    who = blake2b(name.casefold().encode("utf-8", "replace"), digest_size=16).hexdigest()
    where = blake2b(_address(request).encode("utf-8", "replace"), digest_size=16).hexdigest()
    return f"signin:{who}:{where}", f"signin:{who}"


def _address(request: HttpRequest) -> str:
    """As the server saw it: a header could be made up anew for each guess."""
    return str(request.META.get("REMOTE_ADDR", ""))
