"""The user's cache: a private folder, and what its contents depend on."""
