"""The REST endpoints of this wing; one module per family of nouns."""
