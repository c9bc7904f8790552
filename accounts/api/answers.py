"""How the API answers: never cached; each error as ``{"error": {"code", "message", "fields"?}}``, without what was sent."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError
from ninja.errors import ValidationError as WrongShape

from accounts.rights import NotYours, TooMuch
from accounts.rotation import CannotRotate


class Api(NinjaAPI):
    def create_response(self, request: HttpRequest, data: Any, **more: Any) -> HttpResponse:
        response = super().create_response(request, data, **more)
        response.headers["Cache-Control"] = "no-store"
        return response


def install(api: Api) -> None:
    """The answer to each way to fail."""

    def told(status: int, code: str, message: str, request: HttpRequest, fields: Any = None) -> HttpResponse:
        error = {"code": code, "message": message} | ({"fields": fields} if fields else {})
        return api.create_response(request, {"error": error}, status=status)

    def missing(request: HttpRequest, _: Any) -> HttpResponse:
        return told(404, "not_found", "There is no such thing here.", request)

    def wrong_shape(request: HttpRequest, problem: WrongShape) -> HttpResponse:
        fields = [
            {"field": ".".join(str(part) for part in error["loc"] if part != "body"), "message": error["msg"]}
            for error in problem.errors
        ]
        return told(422, "invalid", "Some fields are wrong; nothing was changed.", request, fields)

    def wrong_value(request: HttpRequest, problem: ValidationError) -> HttpResponse:
        named = problem.message_dict if hasattr(problem, "error_dict") else {"": problem.messages}
        fields = [{"field": "" if name == "__all__" else name, "message": " ".join(m)} for name, m in named.items()]
        return told(422, "invalid", "Some fields are wrong; nothing was changed.", request, fields)

    api.exception_handler(NotYours)(missing)
    api.exception_handler(Http404)(missing)
    api.exception_handler(WrongShape)(wrong_shape)
    api.exception_handler(ValidationError)(wrong_value)
    api.exception_handler(TooMuch)(lambda request, problem: told(403, "forbidden", str(problem), request))
    api.exception_handler(CannotRotate)(lambda request, problem: told(409, "conflict", str(problem), request))
    api.exception_handler(IntegrityError)(
        lambda request, _: told(409, "conflict", "Something else has that name, or refers to this.", request)
    )
    api.exception_handler(DataError)(
        lambda request, _: told(422, "invalid", "A value is too large or has a character that cannot be kept.", request)
    )
    api.exception_handler(AuthenticationError)(
        lambda request, _: told(401, "unauthorized", "Sign in, or send an API key with the scope admin.", request)
    )
    api.exception_handler(HttpError)(
        lambda request, problem: told(problem.status_code, "refused", str(problem), request)
    )
