"""Syntax: source text to AST."""
