"""Syntax trees as flat data, and back: what `marshal` can hold.

A node becomes a list of its class and its fields, so that it differs from a tuple of nodes; a place becomes
`...`, and the places stand apart, in the order in which they are met. Two trees that differ in nothing but
their places have the same data.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from snowc.source.span import Span
from snowc.syntax import ast


def flatten(part: object, places: list[int]) -> object:
    """The data of a node, or of a part of one; adds its places, start and end in turn."""
    if isinstance(part, ast.Node):
        cls: Any = type(part)
        return [cls.__name__, *[flatten(getattr(part, name), places) for name in cls.__match_args__]]
    if isinstance(part, Span):
        places += (part.start, part.end)
        return ...
    if isinstance(part, tuple):
        return tuple([flatten(item, places) for item in part])
    return part


def rebuild(data: object, file: int, places: Iterator[int]) -> Any:
    """The tree of the data, as part of file number `file`; takes its places from `places`."""
    if data is ...:
        return Span(file, next(places), next(places))
    if isinstance(data, tuple):
        return tuple([rebuild(item, file, places) for item in data])
    if isinstance(data, list):
        cls = getattr(ast, data[0])
        return cls(*[rebuild(item, file, places) for item in data[1:]])
    return data
