// The peer: a bare socket.io server that broadcasts what it is posted. node _live_node.mjs PORT
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer((request, response) => {
  let body = "";
  request.on("data", (piece) => {
    body += piece;
  });
  request.on("end", () => {
    response.end();
    if (!body) return;
    hall.to("room").emit("event", JSON.parse(body));
  });
});
const hall = new Server(http, { perMessageDeflate: false }).of("/live");
hall.on("connection", (socket) => socket.join("room"));
http.listen(Number(process.argv[2]), "127.0.0.1");
