// Beside the real page: its socket, played from here, and a watch on every press.
/** @type {number[]} from the press, as the browser stamped it, to the end of the next frame */
const taken = [];
/** @type {Wire[]} */
const wires = [];
const { port1: done, port2: later } = new MessageChannel();
/** @type {(() => void)[]} */
const tasks = [];
done.addEventListener("message", () => tasks.shift()?.());
done.start();

/** In a task of its own, as what a socket brings. @param {() => void} task */
function soon(task) {
  tasks.push(task);
  later.postMessage(0);
}

/** A socket that greets and joins like the server and else says what it is told to. */
class Wire {
  constructor() {
    this.readyState = 0;
    /** @type {((event: {data: string}) => void) | null} */
    this.onmessage = null;
    /** @type {(() => void) | null} */
    this.onopen = null;
    const hello = { sid: "b", upgrades: [], pingInterval: 60_000, pingTimeout: 60_000 };
    soon(() => {
      this.readyState = 1;
      this.onopen?.();
      this.hear(`0${JSON.stringify(hello)}`);
    });
  }

  /** @param {string} data */
  hear(data) {
    soon(() => this.onmessage?.({ data }));
  }

  /** @param {string} message */
  send(message) {
    if (message.startsWith("40")) this.hear('40/live,{"sid":"b"}');
    const asked = /^42\/live,(\d+)\[/.exec(message);
    if (!asked) return;
    if (!wires.includes(this)) wires.push(this);
    this.hear(`43/live,${asked[1]}[{"events":[]}]`);
  }

  close() {
    this.readyState = 3;
  }
}

/**
 * The frames, each in its own task, `gap` milliseconds apart.
 * @param {string[]} frames @param {number} gap
 */
function tell(frames, gap) {
  let at = 0;
  const step = () => {
    const frame = frames[at];
    if (frame === undefined) return;
    at += 1;
    for (const wire of wires) wire.hear(frame);
    if (gap) setTimeout(step, gap);
    else step();
  };
  step();
}

for (const kind of ["pointerdown", "keydown"]) {
  addEventListener(
    kind,
    ({ timeStamp }) => {
      // Before what the socket has brought meanwhile: the frame is painted by then.
      const painted = () => taken.push(performance.now() - timeStamp);
      const { scheduler } = /** @type {any} */ (globalThis);
      requestAnimationFrame(() => scheduler.postTask(painted, { priority: "user-blocking" }));
    },
    { capture: true },
  );
}
Object.assign(window, { WebSocket: Wire, taken, wires, tell });
