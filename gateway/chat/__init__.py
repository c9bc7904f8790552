"""The canonical model of one chat exchange: requests, events, responses, usage, errors.

Everything between a client's dialect and a provider's dialect speaks these values. Standard library only,
no I/O, no clock, no randomness: a value in, a value out.
"""
