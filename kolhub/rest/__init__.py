"""The REST API's machinery; the endpoints live in each wing's api.py."""
