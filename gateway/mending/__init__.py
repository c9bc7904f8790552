"""Tool calls as models without a maker's own server make them, mended where it is certain what was meant. Pure.

* A name that was not offered but spells exactly one that was: renamed (`offered.Offered.alike`).
* Arguments that are no JSON object but can mean one only: repaired (`arguments`).
* A call written as text, whole, with the name of an offered tool and arguments that fit it, on its own lines, in no code, no
  quotation and no thought: becomes a call (`written`). Not in an answer that has proper calls too: servers tell a call twice.

Whatever else is wrong stays as it is, since nothing is invented: clients answer an unknown tool or arguments that are no
JSON to the model by themselves. Where the client's dialect has no form for such arguments (Anthropic's `input` is an object),
the call is told as text that says which tool was called with what, and the turn ends: user and model see what went wrong.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.chat.request import ChatRequest
from gateway.chat.response import ChatResponse, fold, unfold

from .mender import Mender, without_word

__all__ = ["Mender", "mend"]


def mend(
    answer: ChatResponse, request: ChatRequest, *, tell: bool = False, as_is: str = ""
) -> tuple[ChatResponse, tuple[str, ...]]:
    """`answer` to `request` with its calls mended, and what was done, in words that hold no content. The very same answer
    where nothing was. `tell`, `as_is`: see `Mender`."""
    said: list[str] = []
    mender = Mender(request, tell=tell, note=said.append, as_is=as_is)
    made = fold(mender.feed(unfold(answer)))
    if not said:
        return answer, ()
    if made.finish_reason != answer.finish_reason:
        made = replace(made, extras=without_word(made.extras))
    return made, tuple(said)
