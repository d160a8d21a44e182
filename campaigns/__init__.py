"""The work: briefs, campaigns, collaborations, reviews."""
