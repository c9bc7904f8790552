"""Which tools a session is offered: schema tokens saved, and whether a tool was missed (`python -m tests.eval.selection`)."""
