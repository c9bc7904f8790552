"""From the journal to Postgres, the conversations `previous_response_id` names, and answers kept for a repeat."""

from gateway.store.answers import PostgresAnswers
from gateway.store.flusher import Flusher
from gateway.store.purse import Purse
from gateway.store.responses import PostgresResponses

__all__ = ["Flusher", "PostgresAnswers", "PostgresResponses", "Purse"]
