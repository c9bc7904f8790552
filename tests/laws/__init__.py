"""Laws every dialect keeps, over every fixture of every dialect. To be judged, a dialect only drops in fixtures:

    tests/fixtures/wire/<dialect>/requests/<name>.json      a request body
    tests/fixtures/wire/<dialect>/responses/<name>.json     a JSON answer
    tests/fixtures/wire/<dialect>/streams/<name>.sse|.bin|.jsonl   a streamed answer, byte for byte
    tests/fixtures/wire/<dialect>/declared.json             what encode(decode(stream or answer)) may change, see below
    beside any of them, optional:
      <name>.expect.json     what encode(decode(x)) gives where it is meant to differ from x (a list of payloads for streams)
      <name>.profile.json    fields of the target's `Profile` (requests), on top of one that accepts everything
      <name>.request.json    the client's request an answer belongs to (responses, streams)
      <name>.unstable.json   a list of laws this fixture is excused from, each with its reason: {"crossing": "why"}

Without `declared.json` streams and answers are compared as events and canonical answers only; with it, payload by payload:
``{"join": ["delta.text"], "ignore_payloads": [{"type": "ping"}], "ignore_fields": ["sequence_number"]}``:
`join` names string leaves whose neighbouring payloads may be joined to one, `ignore_payloads` payloads (by the fields given)
that need not come back, `ignore_fields` dotted fields not compared, in streams and answers (``*`` for any list index),
`only_body` fields an answer has as a body but not as a stream.
"""
