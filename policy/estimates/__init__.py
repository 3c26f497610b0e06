"""Estimates that learn: what to expect of whom, from the outcomes so far."""
