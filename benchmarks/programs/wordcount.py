"""The Python twin of `examples/wordcount.snow`: same counts, same output, the straightforward way."""

from __future__ import annotations

import sys
from collections import Counter


def main() -> int:
    """Count the file named by the only argument; 1 if it cannot be read, 2 without it."""
    if len(sys.argv) != 2:
        print("usage: wordcount.py FILE", file=sys.stderr)
        return 2
    path = sys.argv[1]
    lines = words = characters = 0
    counts: Counter[str] = Counter()
    try:
        # newline="\n" leaves the text as it is, so that the characters are those of the file.
        with open(path, encoding="utf-8", newline="\n") as text:
            for line in text:
                found = line.split()
                lines += 1
                words += len(found)
                characters += len(line)
                counts.update(found)
    except OSError as problem:
        print(f"wordcount: {path}: {problem.strerror} (os error {problem.errno})", file=sys.stderr)
        return 1
    print(f"{path}: {lines} lines, {words} words, {characters} characters")
    print(f"{len(counts)} different words, the most frequent:")
    for word, times in counts.most_common(10):
        print(f"{times}\t{word}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
