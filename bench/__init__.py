"""What the gateway costs: ``python -m bench`` (README.md)."""
