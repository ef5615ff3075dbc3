const limit = 3000000;
let numbers = Array.from({ length: limit - 1 }, (_, i) => i + 2);
let primes = [];
while (numbers.length > 0 && numbers[0] * numbers[0] <= limit) {
  const p = numbers[0];
  numbers = numbers.slice(1).filter((n) => n % p !== 0);
  primes.push(p);
}
primes = primes.concat(numbers);
console.log(`${primes.length} ${primes[primes.length - 1]}`);
