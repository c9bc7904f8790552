"""Server-sent events framing (WHATWG HTML, section 9.2): bytes to frames and back, without copying what is complete."""

from __future__ import annotations

from typing import NamedTuple

_MAX_FRAME = 64 * 1024 * 1024


class Frame(NamedTuple):
    """One event: its type ("" if none was named), its data (lines joined by LF; None for a comment-only frame), and the
    bytes it came as, with the blank line that ends it."""

    event: bytes
    data: bytes | None
    raw: bytes


class FrameSplitter:
    """Cuts a byte stream into frames. Takes LF, CRLF and CR line ends and a UTF-8 BOM. Raises ValueError when one frame
    grows past 64 MiB."""

    __slots__ = ("_rest", "_started")

    def __init__(self) -> None:
        self._rest = b""
        self._started = False

    def feed(self, data: bytes) -> list[Frame]:
        rest = self._rest + data if self._rest else data
        if not self._started and rest:
            if rest[:3] == b"\xef\xbb\xbf":
                rest = rest[3:]
                self._started = True
            elif b"\xef\xbb\xbf".startswith(rest):
                self._rest = rest
                return []
            else:
                self._started = True
        if b"\r" in rest:
            return self._feed_cr(rest)
        frames: list[Frame] = []
        start = 0
        while True:
            end = rest.find(b"\n\n", start)
            if end < 0:
                break
            raw = rest[start : end + 2]
            start = end + 2
            frames.append(parse(raw))
        self._keep(rest[start:] if start else rest)
        return frames

    def _feed_cr(self, rest: bytes) -> list[Frame]:
        """The same for streams with CR or CRLF line ends: a blank line is any two line ends in a row."""
        frames: list[Frame] = []
        start = 0
        line_start = 0
        position = 0
        size = len(rest)
        while position < size:
            byte = rest[position]
            if byte not in (10, 13):
                nexts = [found for found in (rest.find(b"\n", position), rest.find(b"\r", position)) if found >= 0]
                if not nexts:
                    break
                position = min(nexts)
                continue
            width = 1
            if byte == 13:
                if position + 1 == size:
                    break  # cannot know yet whether LF follows
                if rest[position + 1] == 10:
                    width = 2
            end = position + width
            if position == line_start:
                frames.append(parse(rest[start:end]))
                start = end
            line_start = end
            position = end
        self._keep(rest[start:])
        return frames

    def _keep(self, rest: bytes) -> None:
        if len(rest) > _MAX_FRAME:
            raise ValueError("an event larger than 64 MiB")
        self._rest = rest

    def end(self) -> list[Frame]:
        """A last frame that was not followed by a blank line (some servers leave it out)."""
        rest, self._rest = self._rest, b""
        return [parse(rest)] if rest.strip() else []


def parse(raw: bytes) -> Frame:
    """The frame `raw` holds. `raw` may lack its closing blank line."""
    if raw[:6] == b"data: " and raw.find(b"\n", 6) == len(raw) - 2 and raw[-2:] == b"\n\n":
        return Frame(b"", raw[6:-2], raw)
    event = b""
    data: list[bytes] = []
    for line in raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"):
        name, _, value = line.partition(b":")
        if value[:1] == b" ":
            value = value[1:]
        if name == b"data":
            data.append(value)
        elif name == b"event":
            event = value
    return Frame(event, b"\n".join(data) if data else None, raw)
