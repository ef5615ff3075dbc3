"""Twin of sieve.snow: primes by filtering."""

LIMIT = 3000000
numbers = list(range(2, LIMIT + 1))
primes: list[int] = []
while numbers and numbers[0] * numbers[0] <= LIMIT:
    p = numbers[0]
    numbers = [n for n in numbers[1:] if n % p != 0]
    primes.append(p)
primes += numbers
print(len(primes), primes[-1])
