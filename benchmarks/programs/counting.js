const counts = new Map();
let seed = 42;
for (let i = 0; i < 2000000; i++) {
  const key = `key${seed % 5000}`;
  counts.set(key, (counts.get(key) ?? 0) + 1);
  // The low 31 bits of the product, without leaving the exact range of numbers.
  seed = ((Math.imul(seed, 1103515245) + 12345) & 0x7fffffff) >>> 0;
}
console.log(`${counts.size} ${Math.max(...counts.values())}`);
