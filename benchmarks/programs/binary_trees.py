"""Twin of binary_trees.snow: trees of pairs."""

from __future__ import annotations

Tree = tuple["Tree | None", "Tree | None"]


def make(depth: int) -> Tree | None:
    return None if depth == 0 else (make(depth - 1), make(depth - 1))


def check(tree: Tree | None) -> int:
    return 1 if tree is None else 1 + check(tree[0]) + check(tree[1])


long_lived = make(16)
n, size = 262144, 4
while n > 0:
    print(f"{n} trees of depth {size}: {sum(check(make(size)) for _ in range(n))}")
    n, size = n // 16, size + 4
print(check(long_lived))
