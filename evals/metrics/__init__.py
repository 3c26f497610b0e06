"""Figures: pure functions on arrays."""
