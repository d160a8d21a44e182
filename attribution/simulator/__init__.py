"""Creators, shoppers and shops with known true effects: pure worlds; `drive` and `stage` use the doors over HTTP."""
