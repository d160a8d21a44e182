"""Sentences for the codes that rooms return: rooms know no language, readers do."""
