"""Recorded outcomes of models: their format, readers, and the matrix they make."""
