"""Typed AST to MIR."""
