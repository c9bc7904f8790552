"""Quality of what Lynkr decides for itself, measured: `python -m tests.eval`, `make eval`."""
