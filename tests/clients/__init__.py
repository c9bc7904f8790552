"""The official SDKs and the real coding clients as judges of the gateway."""
