"""Module names, finding files, the sorted module graph."""
