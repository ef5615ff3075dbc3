// Echo server on Node's `ws`: node node_ws.js PORT [CERT KEY]. Needs `npm install ws` in a folder of NODE_PATH.
const fs = require("fs");
const { WebSocketServer } = require("ws");
const [port, cert, key] = process.argv.slice(2);
const options = { maxPayload: 16 << 20, perMessageDeflate: false };
let server;
if (cert) {
  const tls = require("https").createServer({ cert: fs.readFileSync(cert), key: fs.readFileSync(key) });
  server = new WebSocketServer({ server: tls, ...options });
  tls.listen(Number(port), "127.0.0.1");
} else {
  server = new WebSocketServer({ host: "127.0.0.1", port: Number(port), ...options });
}
server.on("connection", (socket) => {
  socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
  socket.on("error", () => {});
});
