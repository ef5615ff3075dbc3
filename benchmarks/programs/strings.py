"""Twin of strings.snow: a text that grows, then is split."""

text = ""
for i in range(1000000):
    text += f"item {i}, {i % 7};"
pieces = text.split(";")
print(len(text), len(pieces), max(len(p) for p in pieces))
