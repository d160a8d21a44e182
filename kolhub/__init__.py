"""The hub: who the people are. Knows no other wing."""
