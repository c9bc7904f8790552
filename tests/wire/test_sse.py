"""Any split of the bytes gives the same frames, whatever the line ends."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wire.sse import FrameSplitter

STREAM = "event: a\ndata: ü€𝄞\n\n: comment\n\ndata: 1\ndata: 2\nid: 7\n\ndata:no space\n\n"
EXPECTED = [(b"a", "ü€𝄞".encode()), (b"", None), (b"", b"1\n2"), (b"", b"no space")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@given(cuts=st.lists(st.integers(0, 120), max_size=12))
def test_frames_do_not_depend_on_where_the_bytes_are_cut(end: str, mark: bytes, cuts: list[int]) -> None:
    data = mark + STREAM.replace("\n", end).encode()
    splitter = FrameSplitter()
    frames = []
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    for start, stop in pairwise(places):
        frames += splitter.feed(data[start:stop])
    frames += splitter.end()
    assert [(frame.event, frame.data) for frame in frames] == EXPECTED
    assert b"".join(frame.raw for frame in frames) == data[len(mark) :]


def test_a_last_frame_without_its_blank_line_is_seen_at_the_end() -> None:
    splitter = FrameSplitter()
    assert splitter.feed(b"data: [DONE]\n") == []
    assert [frame.data for frame in splitter.end()] == [b"[DONE]"]


def test_a_frame_that_never_ends_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """MEM-4."""
    monkeypatch.setattr("gateway.wire.sse._MAX_FRAME", 100)
    splitter = FrameSplitter()
    with pytest.raises(ValueError, match="larger than"):
        splitter.feed(b"data: " + b"x" * 200)
