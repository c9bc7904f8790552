"""The outside world for tests: scripted providers on 127.0.0.1. Imports nothing of the product."""
