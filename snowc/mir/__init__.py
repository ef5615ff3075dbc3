"""MIR: the middle representation, as data, with a textual form that is printed and parsed."""
