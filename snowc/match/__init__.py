"""Pattern matching: one decision tree for checking and for code."""
