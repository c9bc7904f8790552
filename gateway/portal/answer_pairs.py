"""Near matches as a page shows them: who may read which of the texts, and the verdicts that people give."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, QueryDict
from django.utils import timezone

from accounts.rights import NotYours, Rights
from caching.models import CacheCheck
from gateway import answer_acts, answer_figures, secrets
from gateway.portal import cache_words
from gateway.store.memory_noting import TEXTS, texts_of

PAGE = 20
FILTERS = (("", "All"), ("different", "Wrong"), ("unsure", "In doubt"), ("same", "Right"), ("none", "Not compared"))
HIDDEN = "texts are not shown: the policy does not allow content"
OTHERS = "not shown: these are another person's words"
GONE = "cannot be opened any more"


@dataclass(frozen=True, slots=True)
class Shown:
    """`texts`: (title, text, whether it is one, and not why there is none); None: none may be seen."""

    row: CacheCheck
    verdict: str
    tone: str
    by: str
    mode: str
    age: dt.timedelta
    texts: tuple[tuple[str, str, bool], ...] | None


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at a page. `content`: whether the policy in force lets them read what others asked."""

    rights: Rights
    content: bool = False

    def sees(self, check: CacheCheck, name: str) -> bool:
        """Their own words and what they were told; with `content` those of the team. Whose the kept answer was may be
        another's: of the whole organisation only an administrator reads what was asked elsewhere."""
        me = self.rights.user.pk if self.rights.user is not None else None
        if self.content:
            elsewhere = check.scope == "organisation" and name == "kept_ask" and not self.rights.is_admin
            return not elsewhere or check.kept_user_id == me
        if check.user_id != me or me is None:
            return False
        if name in ("ask", "fresh_answer") or check.kept_user_id == me:
            return True
        return name == "kept_answer" and check.mode == "served"


def shown(request: HttpRequest, where: Q, reader: Reader) -> dict[str, Any]:
    """For `answer_pairs.html`: the near matches `where`, by the page and the verdict that the address asks for."""
    word = request.GET.get("verdict", "")
    if word not in dict(FILTERS):
        word = ""
    if word:
        where &= Q(verdict="" if word == "none" else word)
    rows, older = answer_figures.checks(where, _before(request), PAGE)
    return {
        "pairs": [_shown(row, reader) for row in rows],
        "older": older,
        "newest": "before" not in request.GET,
        "filters": FILTERS,
        "filter": word,
        "hidden": HIDDEN,
    }


def judged(rights: Rights, form: QueryDict) -> str:
    """What was done, in words. The form's ``act`` is right or wrong, ``pair`` the check's id."""
    try:
        id_ = uuid.UUID(form.get("pair", ""))
    except ValueError:
        raise NotYours from None
    settled = answer_acts.judge(rights, id_, "different" if form.get("act") == "wrong" else "same")
    if form.get("act") != "wrong":
        return "Noted as right."
    said = {0: "Noted as wrong.", 1: "Noted as wrong: the kept answer is not served any more."}.get(
        settled.evicted, f"Noted as wrong: {settled.evicted} kept answers are not served any more."
    )
    return f"{said} Near matches are switched off now: {settled.switched_off}." if settled.switched_off else said


def _before(request: HttpRequest) -> uuid.UUID | None:
    try:
        found = uuid.UUID(request.GET["before"]) if "before" in request.GET else None
    except ValueError:
        raise NotYours from None
    if found is not None and found.version != 7:
        raise NotYours
    return found


def _shown(row: CacheCheck, reader: Reader) -> Shown:
    words, tone = cache_words.VERDICTS.get(row.verdict, (row.verdict, ""))
    return Shown(
        row=row,
        verdict=words,
        tone=tone,
        by=cache_words.BY.get(row.judged_by, ""),
        mode=cache_words.MODES_OF_PAIRS.get(row.mode, row.mode),
        age=timezone.now() - row.at,
        texts=_texts(row, reader),
    )


_TITLES = {
    "kept_ask": "Asked before",
    "ask": "Asked now",
    "kept_answer": "Kept answer",
    "fresh_answer": "Fresh answer",
}


def _texts(row: CacheCheck, reader: Reader) -> tuple[tuple[str, str, bool], ...] | None:
    names: Sequence[str] = [name for name in TEXTS if getattr(row, f"{name}_sealed") is not None]
    seen = [name for name in names if reader.sees(row, name)]
    if not seen:
        return None
    found = []
    for name in names:
        text, is_text = (_opened(row, name), True) if name in seen else (OTHERS, False)
        found.append((_TITLES[name], text if text is not None else GONE, is_text and text is not None))
    return tuple(found)


def _opened(row: CacheCheck, name: str) -> str | None:
    try:
        return texts_of(row.pk, row.scope, {name: getattr(row, f"{name}_sealed")})[name]
    except secrets.CannotOpen:
        return None
