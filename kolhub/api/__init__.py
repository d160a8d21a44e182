"""The hub's endpoints under /api/v1/."""
