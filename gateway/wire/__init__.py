"""Dialects: how each vendor writes the canonical values of `gateway.chat` on the wire, both directions, no I/O.

One folder a dialect, four files each: `requests`, `responses`, `streams`, `errors`; its `__init__` exposes `DIALECT`,
an implementation of `gateway.wire.dialect.Dialect`. Dialects do not import each other.
"""
