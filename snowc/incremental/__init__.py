"""`check` again: what a change touches is inferred anew, everything else is known from the last time."""
