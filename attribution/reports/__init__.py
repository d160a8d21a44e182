"""Reports: who gets how much, in money that adds up."""
