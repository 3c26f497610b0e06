"""One step of a route per file."""
