"""From the journal to Postgres, and the conversations `previous_response_id` names."""

from gateway.store.flusher import Flusher
from gateway.store.purse import Purse
from gateway.store.responses import PostgresResponses

__all__ = ["Flusher", "PostgresResponses", "Purse"]
