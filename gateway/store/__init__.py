"""From the journal to Postgres, the conversations `previous_response_id` names, answers kept for a repeat, and the answer
cache."""

from gateway.store.answers import PostgresAnswers
from gateway.store.flusher import Flusher
from gateway.store.memory import PostgresMemory
from gateway.store.purse import Purse
from gateway.store.responses import PostgresResponses

__all__ = ["Flusher", "PostgresAnswers", "PostgresMemory", "PostgresResponses", "Purse"]
