"""The nouns: typed values that every other folder speaks of."""
