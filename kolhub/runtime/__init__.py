"""Run KolHub's own PostgreSQL, Valkey and processes on one machine; nothing in here knows Django."""
