"""Projects: the manifest `snow.toml`, the lock `snow.lock`, and finding and fetching dependencies."""
