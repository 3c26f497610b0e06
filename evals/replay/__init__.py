"""Recorded answers served again, to the real router and to any client."""
