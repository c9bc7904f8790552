"""Who to call: address, credentials, dialects and quirks. One file a vendor; `registry` maps names to dotted paths."""
