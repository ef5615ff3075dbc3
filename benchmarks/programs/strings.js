let text = "";
for (let i = 0; i < 1000000; i++) text += `item ${i}, ${i % 7};`;
const pieces = text.split(";");
const longest = pieces.reduce((most, p) => Math.max(most, p.length), 0);
console.log(`${text.length} ${pieces.length} ${longest}`);
