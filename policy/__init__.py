"""What decides: pure functions on the nouns."""
