"""MIR to MIR: small passes in one visible order."""
