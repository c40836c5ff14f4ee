// Many viewers of one room, by bare sockets: engine.io over WebSocket, nothing parsed that need not be.
// node _live_viewers.mjs '{"urls":[…],"viewers":N,"events":M,"namespace":"/live","join":{…}|null}'
// Says "ready" once all have joined, then one line of JSON when all events are here or none comes.
import { randomBytes } from "node:crypto";
import net from "node:net";

const told = JSON.parse(process.argv[2]);
const AT_ONCE = 40;
const PATIENCE_MS = 15_000;
const prefix = `42${told.namespace},`;
const waits = [];
let received = 0;
let disordered = 0;
let dropped = 0;
let last = Date.now();

/** Nanoseconds of the machine's monotonic clock, the same in every process. */
const now = () => Number(process.hrtime.bigint());

function masked(text) {
  const data = Buffer.from(text);
  const head = data.length < 126 ? Buffer.alloc(6) : Buffer.alloc(8);
  head[0] = 0x81;
  if (data.length < 126) head[1] = 0x80 | data.length;
  else {
    head[1] = 0x80 | 126;
    head.writeUInt16BE(data.length, 2);
  }
  // A key of zeros is as good as any against a server of one's own.
  return Buffer.concat([head, data]);
}

function numberAfter(text, name) {
  const at = text.indexOf(name) + name.length;
  return Number.parseInt(text.slice(at, at + 20), 10);
}

function viewer(url, joined) {
  const { hostname, port, host, origin } = new URL(url);
  const line = net.connect(Number(port), hostname === "localhost" ? "127.0.0.1" : hostname);
  let kept = Buffer.alloc(0);
  let upgraded = false;
  let seen = 0;
  line.setNoDelay(true);
  line.write(
    `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${origin}\r\n` +
      `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
      `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n\r\n`,
  );
  const heard = (text) => {
    if (text.startsWith(prefix)) {
      const at = now();
      waits.push((at - numberAfter(text, '"t":')) / 1e6);
      const seq = numberAfter(text, '"seq":');
      if (seq !== seen + 1) disordered += 1;
      seen = seq;
      received += 1;
      last = Date.now();
    } else if (text === "2") line.write(masked("3"));
    else if (text.startsWith("0{")) line.write(masked(`40${told.namespace},`));
    else if (text.startsWith(`40${told.namespace},`)) {
      if (told.join)
        line.write(masked(`42${told.namespace},1${JSON.stringify(["join", told.join])}`));
      else joined();
    } else if (text.startsWith(`43${told.namespace},1`)) joined();
  };
  line.on("data", (piece) => {
    let data = kept.length > 0 ? Buffer.concat([kept, piece]) : piece;
    if (!upgraded) {
      const end = data.indexOf("\r\n\r\n");
      if (end >= 0) {
        if (!data.subarray(0, 15).includes("101")) throw new Error(data.toString());
        upgraded = true;
        data = data.subarray(end + 4);
      }
    }
    while (upgraded && data.length >= 2) {
      let size = data[1];
      let head = 2;
      if (size === 126) {
        if (data.length < 4) break;
        size = data.readUInt16BE(2);
        head = 4;
      } else if (size === 127) {
        if (data.length < 10) break;
        size = Number(data.readBigUInt64BE(2));
        head = 10;
      }
      if (data.length < head + size) break;
      heard(data.latin1Slice(head, head + size));
      data = data.subarray(head + size);
    }
    kept = data.length > 0 ? Buffer.from(data) : Buffer.alloc(0);
  });
  line.on("error", () => {});
  line.on("close", () => {
    dropped += 1;
  });
}

let waiting = told.viewers;
await new Promise((all) => {
  let next = 0;
  const one = () => {
    if (next >= told.viewers) return;
    viewer(told.urls[next++ % told.urls.length], () => {
      waiting -= 1;
      if (waiting === 0) all();
      else one();
    });
  };
  for (let n = 0; n < AT_ONCE; n++) one();
});
process.stdout.write("ready\n");
last = Date.now();
const expected = told.viewers * told.events;
await new Promise((over) => {
  const timer = setInterval(() => {
    if (received < expected && Date.now() - last < PATIENCE_MS) return;
    clearInterval(timer);
    over();
  }, 100);
});
waits.sort((a, b) => a - b);
const at = (share) => waits[Math.min(waits.length - 1, Math.floor(waits.length * share))] ?? -1;
const report = {
  expected,
  received,
  disordered,
  dropped,
  p50: at(0.5),
  p95: at(0.95),
  p99: at(0.99),
};
process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
