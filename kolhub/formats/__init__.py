"""Where the project's number formats differ from Django's."""
