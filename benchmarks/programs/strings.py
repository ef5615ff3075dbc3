"""Twin of strings.snow: a text that grows, then is split."""


def build(n: int) -> str:
    text = ""  # CPython appends in place to a local variable only
    for i in range(n):
        text += f"item {i}, {i % 7};"
    return text


whole = build(1000000)
pieces = whole.split(";")
print(len(whole), len(pieces), max(len(p) for p in pieces))
