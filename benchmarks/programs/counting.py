"""Twin of counting.snow: a dictionary with text keys."""

counts: dict[str, int] = {}
seed = 42
for _ in range(2000000):
    key = f"key{seed % 5000}"
    counts[key] = counts.get(key, 0) + 1
    seed = (seed * 1103515245 + 12345) % 2147483648
print(len(counts), max(counts.values()))
