"""The hit server and what becomes of its hits: doors, screening, durable appending, and settling."""
