"""Services behind host functions: event loop, sockets, TLS."""
