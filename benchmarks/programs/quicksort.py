"""Twin of quicksort.snow: lists taken apart and put together."""


def sort(xs: list[int]) -> list[int]:
    if not xs:
        return []
    pivot, rest = xs[0], xs[1:]
    low = [x for x in rest if x < pivot]
    high = [x for x in rest if x >= pivot]
    return [*sort(low), pivot, *sort(high)]


numbers: list[int] = []
seed = 42
for _ in range(500000):
    numbers.append(seed)
    seed = (seed * 1103515245 + 12345) % 2147483648
digest = 0
for x in sort(numbers):
    digest = (digest * 31 + x) % 1000000007
print(digest)
