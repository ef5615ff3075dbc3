"""Types: Hindley–Milner inference with qualified types, AST to typed AST."""
