"""Judging tier routing: labelled asks, the envelopes clients put around them, counts."""
