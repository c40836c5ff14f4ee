// From the press, as the browser stamped it, to the end of the frame that comes after it.
/** @type {number[]} */
const taken = [];
Object.assign(window, { taken });
for (const kind of ["pointerdown", "keydown"]) {
  addEventListener(
    kind,
    ({ timeStamp }) => {
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.addEventListener("message", () => taken.push(performance.now() - timeStamp));
        port1.start();
        port2.postMessage(0);
      });
    },
    { capture: true },
  );
}
