"""The evidence: hits, journeys, credits."""
