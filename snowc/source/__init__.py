"""Source text: positions in it, and the one place that reads it from disk."""
