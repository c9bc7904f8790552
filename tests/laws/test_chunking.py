"""Any split of a stream's bytes, inside a UTF-8 character too, gives the same events and the same bytes to relay."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.chat.events import Finish, StreamEvent
from tests.laws.cases import Case, every
from tests.laws.equality import told


def _fed(case: Case, parts: list[bytes]) -> tuple[list[StreamEvent], bytes]:
    decoder = case.dialect.stream_decoder(case.request())
    events: list[StreamEvent] = []
    raw = b""
    for part in parts:
        events += decoder.feed(part)
        raw += decoder.raw
    events += decoder.end()
    return events, raw + decoder.raw


@every("streams")
def test_any_split_of_the_bytes_gives_the_same_events(case: Case) -> None:
    case.unless_excused("chunking")
    data = case.bytes()
    whole, raw = _fed(case, [data])

    @settings(max_examples=20, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.integers(0, len(data)), max_size=12))
    def check(cuts: list[int]) -> None:
        edges = [0, *sorted(cuts), len(data)]
        events, relayed = _fed(case, [data[a:b] for a, b in pairwise(edges)])
        assert told(events) == told(whole)
        assert relayed == raw

    check()


@every("streams")
def test_one_byte_at_a_time_gives_the_same_events(case: Case) -> None:
    case.unless_excused("chunking")
    data = case.bytes()
    whole, raw = _fed(case, [data])
    events, relayed = _fed(case, [data[place : place + 1] for place in range(len(data))])
    assert told(events) == told(whole)
    assert relayed == raw


@every("streams")
def test_a_stream_cut_anywhere_never_ends_well(case: Case) -> None:
    """CUT-9: what was cut before its last event ends with `Failed`, once, or says what the whole stream said; only what a
    dialect tells after its end (usage) may be missing."""
    case.unless_excused("cut")
    data = case.bytes()
    whole, _ = _fed(case, [data])
    step = max(1, len(data) // 60)
    for size in range(0, len(data), step):
        events, _ = _fed(case, [data[:size]])
        failed = [event for event in events if type(event).__name__ == "Failed"]
        if failed:
            assert failed == events[-1:]
        else:
            assert told(events)[:-1] == told(whole)[:-1], f"cut after {size} bytes"
            assert isinstance(events[-1], Finish)
            assert isinstance(whole[-1], Finish)
            assert events[-1].reason == whole[-1].reason
