"""Protocols without input and output: bytes and options in, decisions out."""
