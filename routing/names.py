"""Names of models: patterns for them, and the marks that clouds put around one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import translate
from functools import lru_cache

REGION = re.compile(r"^(?:us|eu|apac|global|jp|au|ca|us-gov|sa|mea)\.(?=[a-z0-9-]+\.)")
DATE = re.compile(r"(?:@(?:default|latest|20\d{6})|-20\d{6}|-20\d\d-\d\d-\d\d|-latest)(?=$|-v\d)")
_VERSION = re.compile(r"-v\d+(?::\d+)?(?::\d+k)?$")
_MARK = re.compile(r"(?:\[1m\]|:(?:free|beta|thinking|nitro|floor|extended))$")
# Bedrock says who made a model before its name, Databricks that it serves it.
_MAKER = re.compile(
    r"^(?:(?:ai21|amazon|anthropic|cohere|deepseek|google|luma|meta|minimax|mistral|moonshot|moonshotai|nvidia|openai|qwen"
    r"|stability|twelvelabs|writer|xai|zai)\.|databricks-)(?=[a-z])"
)


@lru_cache(maxsize=4096)
def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{translate(pattern.lower())})" for pattern in patterns) or r"(?!)")


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Whether `name` matches one of the fnmatch `patterns`, in any case."""
    return _compiled(tuple(patterns)).match(name.lower()) is not None


def spellings(model: str) -> Iterator[str]:
    """`model` (lower case) as written, then with ever fewer marks (region, date, version). Prices are looked up by these, so
    who sold it stays: the same model costs something else elsewhere."""
    yield model
    name = model.rpartition("/")[2] if "arn:" in model or "models/" in model else model
    name = _MARK.sub("", name)
    if name.startswith("ft:"):
        name = ":".join(name.split(":")[:2])
    yield name
    local = REGION.sub("", name)
    yield local
    yield DATE.sub("", local)
    yield _VERSION.sub("", local)
    yield DATE.sub("", _VERSION.sub("", local))


def called(model: str) -> Iterator[str]:
    """Everything `model` may be called where it does not matter who sells it: its `spellings`, and those without the path
    ("anthropic/…", "models/…", an ARN) and the maker ("anthropic.…") before it; Claude also with dashes for dots."""
    whole = model.strip().lower()
    for written in dict.fromkeys((whole, whole.rpartition("/")[2])):
        for name in spellings(written):
            yield name
            bare = _MAKER.sub("", name)
            yield bare
            if bare.startswith("claude"):
                yield bare.replace(".", "-")


@lru_cache(maxsize=16_384)
def covers(pattern: str, account: str, model: str) -> bool:
    """Whether `pattern` means `model` of `account`, by any name it is `called`, with the account and a slash before it or
    without. For what limits: a budget for "claude-*" must not be passed by way of another cloud. Not for what allows
    (`gateway.deciding.may_use`)."""
    names = dict.fromkeys((model, *called(model)))
    return any(matches(name, (pattern,)) or matches(f"{account}/{name}", (pattern,)) for name in names)
