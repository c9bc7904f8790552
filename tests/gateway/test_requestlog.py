"""The request lines of the console log."""

from __future__ import annotations

from gateway.requestlog import RequestLog


def test_a_models_name_cannot_write_a_log_line_of_its_own() -> None:
    """A caller may choose the name; a line end in it would forge a line, an escape would colour the operator's screen."""
    written: list[bytes] = []
    log = RequestLog("console", write=written.append)
    log.add(0.0, {"status": "completed", "target": "a/x\r\n2026-01-01 [info] forged\x1b[31m\u2028\x00"})
    log.flush()
    (line,) = written
    assert line.decode().isprintable() is False  # its own line end
    assert line.decode()[:-1].isprintable()
    assert line.count(b"\n") == 1
