"""A look back, one step per file: gather, follow, find, propose, compare, decide."""
