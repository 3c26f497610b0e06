"""Whom the router can ask."""
