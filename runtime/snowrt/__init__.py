"""The Snow run-time library: the C core, the ABI table and the Python services."""
