"""What a run of scenarios, of a contract or of a load came to, as documents, and where they are kept."""
