"""What the scripted provider serves under torture, and its own books: a `Served` for every call that reached it."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from tests.fakes import script
from tests.fakes.script import Fault, Pace, Received, Reply

MAX_TOKENS = 200
MARK = re.compile(rb"torture-(\d+)-")
# (share, faults of a stream by the number of its events); the rest is complete.
_STREAM_FAULTS = (
    (0.05, lambda events: Fault(cut_after_events=events // 2 + 1)),
    (0.02, lambda events: Fault(cut_after_events=events // 2, reset=True)),
    (0.02, lambda events: Fault(cut_after_events=0)),
    (0.03, lambda events: Fault(error_after=events // 2 + 1)),
    (0.02, lambda events: Fault(end_after=events // 2 + 1)),
)
_BODY_FAULTS = ((0.08, lambda _: Fault(cut_after_events=1)),)


@dataclass
class Served:
    """One call as the provider saw it. `whole`: it meant to answer completely. `id` is told as the request id."""

    id: str
    number: int  # of the client's request
    received: Received
    reply: Reply

    @property
    def whole(self) -> bool:
        return self.reply.status < 400 and self.reply.fault == Fault()

    @property
    def sent_whole(self) -> bool:
        """Every byte was handed to the network, and nobody had hung up."""
        return self.whole and self.received.finished_at is not None

    @property
    def accepted(self) -> bool:
        return self.reply.status < 400 and not self.reply.fault.close_before_headers


class Provider:
    """`answer` goes to `Upstream.when`. `slowness` stretches every answer."""

    def __init__(self, seed: int, slowness: float = 1.0) -> None:
        self._random = random.Random(seed)
        self._slowness = slowness
        self.served: list[Served] = []

    def answer(self, received: Received) -> Reply:
        found = MARK.search(received.body)
        assert found, "a call nobody made"
        id_ = f"served-{len(self.served)}"
        reply = self._reply(received, id_)
        self.served.append(Served(id_, int(found[1]), received, reply))
        return reply

    def _reply(self, received: Received, id_: str) -> Reply:
        dice = self._random
        headers = (("request-id", id_), ("x-request-id", id_))
        trouble = dice.random()
        if trouble < 0.02:
            return script.error(dice.choice((429, 500, 529)))
        if trouble < 0.04:
            return Reply(headers=headers, fault=Fault(close_before_headers=True, reset=dice.random() < 0.5))
        output = dice.randint(20, MAX_TOKENS)
        if dice.random() < 0.05:
            output += dice.randint(1, 300)  # more than was asked for: beyond what was held
        fragments = dice.randint(3, 8)
        pace = Pace(
            before_headers=dice.uniform(0, 0.2) * self._slowness,
            before_first=dice.uniform(0, 0.1) * self._slowness,
            between=dice.uniform(0.02, 0.3) * self._slowness * (4 if dice.random() < 0.15 else 1),
        )
        return Reply(
            parts=(script.Text("word " * (output // 2), fragments=fragments),),  # fewer characters than 4 a token
            usage=script.Usage(input=dice.randint(5, len(received.body) // 5), output=output),
            headers=headers,
            pace=pace,
            fault=self._fault(received.stream, fragments),
        )

    def _fault(self, stream: bool, fragments: int) -> Fault:
        spot = self._random.random()
        for share, fault in _STREAM_FAULTS if stream else _BODY_FAULTS:
            if spot < share:
                return fault(fragments)
            spot -= share
        return Fault()
