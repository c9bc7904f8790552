"""What a form asks for, done: the shapes of the API check it, `accounts.acts` does it, a refusal comes back as words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError
from pydantic import ValidationError as WrongShape

from accounts.api.shapes import Body
from accounts.rights import TooMuch
from accounts.rotation import CannotRotate


@dataclass(frozen=True)
class Outcome:
    """`status` of the answer; `problems`: what was wrong, for people; `value`: what was made."""

    status: int = 200
    problems: list[str] = field(default_factory=list)
    value: Any = None

    @property
    def done(self) -> bool:
        return self.status == 200


NOTHING = Outcome()


def tried(deed: Callable[[], Any]) -> Outcome:
    """Runs `deed`. `NotYours` passes: it is a page of its own."""
    try:
        return Outcome(value=deed())
    except WrongShape as wrong:
        return Outcome(422, [_told(error) for error in wrong.errors()])
    except ValidationError as wrong:
        return Outcome(422, list(wrong.messages))
    except (TooMuch, CannotRotate) as refused:
        return Outcome(403 if isinstance(refused, TooMuch) else 409, [str(refused)])
    except IntegrityError:
        return Outcome(409, ["Something else here has that name already."])
    except DataError:
        return Outcome(422, ["A value is too large or has a character that cannot be kept."])


def given(shape: type[Body], values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` as `shape` takes them; what is None was left empty and counts as not said. Raises pydantic's error."""
    said = {name: value for name, value in values.items() if value is not None}
    return shape.model_validate(said).given()


def text(form: Mapping[str, str], name: str) -> str | None:
    """A field as it was filled in; None if empty."""
    return form.get(name, "").strip() or None


def _told(error: Any) -> str:
    where = " ".join(str(part).replace("_", " ") for part in error["loc"])
    return f"{where}: {error['msg'].removeprefix('Value error, ')}".capitalize()
