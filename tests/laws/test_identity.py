"""encode(decode(x)) = x within one dialect, for requests, answers and streams."""

from __future__ import annotations

from typing import Any

from gateway.chat.events import Failed, StreamEvent
from gateway.chat.response import fold
from tests.laws.cases import Case, context, declared, every, generous
from tests.laws.equality import bare, by_block, meaning, normal, payloads, without


@every("requests")
def test_a_request_written_back_is_the_request_that_came(case: Case) -> None:
    """THK-1, CCH-7: nothing a client said is changed on the way to a provider of its own dialect."""
    case.unless_excused("identity")
    body = case.body()
    request = case.dialect.decode_request(body)
    encoded = case.dialect.encode_request(request, generous(request.model, case.beside("profile")))
    assert encoded.body == (case.beside("expect") or body)
    assert encoded.losses == ()


@every("responses")
def test_an_answer_written_back_is_the_answer_that_came(case: Case) -> None:
    case.unless_excused("identity")
    request = case.request()
    response = case.dialect.decode_response(case.body(), request)
    written = case.dialect.encode_response(response, context(request, case.dialect_name, response.model))
    ignored = declared(case.dialect_name).get("ignore_fields", ())
    assert without(written, ignored) == without(case.beside("expect") or case.body(), ignored)


@every("streams")
def test_a_stream_written_back_says_what_the_stream_said(case: Case) -> None:
    """THK-8, THK-14: events, their order and their payloads; a stream that failed fails again."""
    case.unless_excused("identity")
    request = case.request()
    decoder = case.dialect.stream_decoder(request)
    events = [*decoder.feed(case.bytes()), *decoder.end()]
    model = next((event.model for event in events if hasattr(event, "model")), "the-model")
    encoder = case.dialect.stream_encoder(context(request, case.dialect_name, model))
    written = encoder.encode(events)

    again = case.dialect.stream_decoder(request)
    events_again = [*again.feed(written), *again.end()]
    if isinstance(events[-1], Failed):
        assert [(index, bare(start.block)) for index, (start, *_) in _blocks(events_again)] == [
            (index, bare(start.block)) for index, (start, *_) in _blocks(events)
        ]
        assert isinstance(events_again[-1], Failed)
        return
    assert meaning(fold(events_again)) == meaning(fold(events))
    rules = declared(case.dialect_name)
    before = case.beside("expect") or payloads(case.bytes(), case.path.suffix)
    after = payloads(written, case.path.suffix)
    if rules and before is not None and after is not None:
        assert normal(after, rules) == normal(before, rules)


def _blocks(events: list[StreamEvent]) -> list[Any]:
    return [item for item in by_block(events) if isinstance(item[1], list)]


@every("streams")
def test_a_decoder_hands_on_the_bytes_it_took(case: Case) -> None:
    """What a client of the same dialect gets is the provider's stream itself, less what it must not see; nothing is
    doubled or out of order."""
    case.unless_excused("raw")
    decoder = case.dialect.stream_decoder(case.request())
    decoder.feed(case.bytes())
    raw = decoder.raw
    whole = case.bytes()
    if raw != whole and case.path.suffix != ".bin":
        lines = [line for line in raw.replace(b"\r\n", b"\n").split(b"\n") if line]
        theirs = iter(whole.replace(b"\r\n", b"\n").split(b"\n"))
        assert all(line in theirs for line in lines), "a line that the provider did not send, or not in this order"
