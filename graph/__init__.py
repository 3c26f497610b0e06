"""The state machines: which node follows which."""
