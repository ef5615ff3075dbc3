"""Diagnostics as data: what a message is, apart from how it is drawn."""
