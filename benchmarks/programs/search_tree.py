"""Twin of search_tree.snow: a tree of immutable nodes."""

from __future__ import annotations

Tree = tuple["Tree | None", int, "Tree | None"]


def insert(tree: Tree | None, key: int) -> Tree:
    if tree is None:
        return (None, key, None)
    left, here, right = tree
    if key < here:
        return (insert(left, key), here, right)
    if key > here:
        return (left, here, insert(right, key))
    return tree


def digest(tree: Tree | None, total: int) -> int:
    if tree is None:
        return total
    return digest(tree[2], (digest(tree[0], total) * 31 + tree[1]) % 1000000007)


root: Tree | None = None
seed = 42
for _ in range(400000):
    root = insert(root, seed)
    seed = (seed * 1103515245 + 12345) % 2147483648
print(digest(root, 0))
