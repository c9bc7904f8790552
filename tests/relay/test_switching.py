"""A session with signed thoughts, tools, their results and images that moves between two models and back, again and again,
before upstreams that refuse what the vendors refuse, thoughts after another prefix among it (THK-2, THK-5, THK-11)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes import script
from tests.fakes.gateway import Gateway
from tests.fakes.upstream import Upstream

from .calls import ask, text_of
from .test_histories import PIXELS, TARGETS, calls_of, settings

CLAUDES = ["anth/claude-sonnet-4-5", "anth/claude-opus-4-5", "patient/claude-sonnet-4-5"]
# Who begins a tool loop matters most to the client whose own dialect has signed thoughts.
PAIRS = [
    *(("anthropic", first, second) for first, second in itertools.permutations(TARGETS, 2)),
    *(("openai_chat", first, second) for first, second in itertools.combinations(TARGETS, 2)),
    *(("openai_responses", second, first) for first, second in itertools.combinations(TARGETS, 2)),
]
PICTURE = f"data:image/png;base64,{PIXELS}"


def thought(number: int, *parts: script.Part) -> script.Reply:
    return script.Reply(parts=(script.Thinking(f"Thought number {number}."), *parts))


LOOK = (script.ToolCall("weather", {"city": "Bern"}), script.ToolCall("weather", {"city": "Graz"}))
ANSWERS = (
    thought(1, script.Text("Looking."), *LOOK),
    thought(2, script.ToolCall("weather", {"city": "Linz"})),
    thought(3, script.Text("All sunny.")),
    thought(4, script.ToolCall("weather", {"city": "Wien"})),
    thought(5, script.Text("Sunny as well.")),
    thought(6, script.Text("You are welcome.")),
)


def answers(upstream: Upstream) -> None:
    """Plays `ANSWERS`; a Claude whose thinking is off does not think."""
    left = list(ANSWERS)

    def answer(received: script.Received) -> script.Reply:
        reply = left.pop(0)
        asked = {**received.json, **received.json.get("additionalModelRequestFields", {})}
        off = asked.get("thinking", {"type": "disabled"})["type"] == "disabled"
        if "claude" in received.model and off:
            return reply.but(parts=tuple(part for part in reply.parts if not isinstance(part, script.Thinking)))
        return reply

    upstream.when(answer)


class Talk:
    """A client's history of one conversation, in its own dialect; each answer is put back as it came."""

    def __init__(self, surface: str) -> None:
        self.surface = surface
        self.items: list[dict[str, Any]] = []

    def say(self, text: str, *, picture: bool = False) -> None:
        parts: list[dict[str, Any]]
        if self.surface == "anthropic":
            parts = [{"type": "text", "text": text}, *([self._picture()] if picture else [])]
            self.items.append({"role": "user", "content": parts})
        elif self.surface == "openai_chat":
            shown = [{"type": "image_url", "image_url": {"url": PICTURE}}] if picture else []
            self.items.append({"role": "user", "content": [{"type": "text", "text": text}, *shown]})
        else:
            shown = [{"type": "input_image", "image_url": PICTURE, "detail": "auto"}] if picture else []
            parts = [{"type": "input_text", "text": text}, *shown]
            self.items.append({"type": "message", "role": "user", "content": parts})

    def _picture(self) -> dict[str, Any]:
        return {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXELS}}

    def answered(self, answer: dict[str, Any]) -> bool:
        """Takes the answer in, and a result for each of its calls; whether it had any."""
        calls = [call for call, _, _ in calls_of(self.surface, answer)]
        if self.surface == "anthropic":
            self.items.append({"role": "assistant", "content": answer["content"]})
            content = [{"type": "text", "text": "sunny"}, self._picture()]
            results = [{"type": "tool_result", "tool_use_id": call, "content": content} for call in calls]
            self.items += [{"role": "user", "content": results}] if calls else []
        elif self.surface == "openai_chat":
            self.items.append({k: v for k, v in answer["choices"][0]["message"].items() if k != "refusal"})
            self.items += [{"role": "tool", "tool_call_id": call, "content": "sunny"} for call in calls]
        else:
            output = [{"type": "input_text", "text": "sunny"}, {"type": "input_image", "image_url": PICTURE}]
            self.items += answer["output"]
            self.items += [{"type": "function_call_output", "call_id": call, "output": output} for call in calls]
        return bool(calls)

    def body(self) -> dict[str, Any]:
        return {"input" if self.surface == "openai_responses" else "messages": self.items}


@pytest.fixture
def binding(upstream: Upstream) -> Iterator[Upstream]:
    """The upstream takes a thought only after the very prefix it was made with."""
    upstream.bind_prefix = True
    yield upstream
    upstream.bind_prefix = False


def converse(lynkr: Gateway, surface: str, targets: tuple[str, ...], **more: Any) -> Talk:
    """The whole conversation, the answers given by `targets` in turn."""
    talk = Talk(surface)
    talk.say("What is the weather in Bern and Graz?", picture=True)
    for number, target in zip(range(len(ANSWERS)), itertools.cycle(targets), strict=False):
        reply = ask(lynkr, surface, target, **{**settings(surface, target), **more, **talk.body()})
        assert reply.status_code == 200, (number, target, reply.text)
        if not talk.answered(reply.json()):
            talk.say(f"And then? ({number})")
    assert text_of(surface, reply.json()) == "You are welcome."
    return talk


@pytest.mark.parametrize(("surface", "first", "second"), PAIRS)
def test_a_session_moves_there_and_back_and_no_provider_refuses(
    lynkr: Gateway, binding: Upstream, surface: str, first: str, second: str
) -> None:
    """At asks and inside tool loops: three times each way, without one repair."""
    answers(binding)
    converse(lynkr, surface, (first, second))
    assert [received.refused for received in binding.chats] == [None] * len(ANSWERS)


@pytest.mark.parametrize("second", CLAUDES)
@pytest.mark.parametrize("first", CLAUDES)
def test_a_thought_goes_back_to_its_own_model_and_to_no_other(
    lynkr: Gateway, binding: Upstream, first: str, second: str
) -> None:
    """THK-1, THK-2: within one dialect, where a signature does not say who made it."""
    answers(binding)
    converse(lynkr, "anthropic", (first, second))
    assert [received.refused for received in binding.chats] == [None] * len(ANSWERS)
    seen = [number for number in range(1, 6) if f"Thought number {number}.".encode() in binding.last.body]
    # Number 2 is never made: in a loop that another model began thinking is off (THK-13).
    assert seen == ([1, 2, 3, 4, 5] if first == second else [4])


def test_thoughts_after_another_prefix_are_refused_once_and_never_sent_again(lynkr: Gateway, binding: Upstream) -> None:
    """THK-5: a client that edits its system prompt pays one repair, not one at every turn to come; what is thought from then
    on goes back."""
    target = "anth/claude-sonnet-4-5"
    talk = Talk("anthropic")
    talk.say("Hello?")
    more = settings("anthropic", target)
    for number, system in enumerate(("You are kind.", "You are kind. Today is Friday.", None, None, None)):
        system = system or "You are kind. Today is Friday."
        binding.play(thought(number, script.Text(f"Yes {number}.")))
        reply = ask(lynkr, "anthropic", target, **{**more, "system": system, **talk.body()})
        assert reply.status_code == 200, reply.text
        talk.answered(reply.json())
        talk.say("Go on.")
    refused = [received.refused is not None for received in binding.chats]
    assert refused == [False, True, False, False, False, False]
    assert b"Thought number 0." not in binding.last.body
    assert b"Thought number 3." in binding.last.body
