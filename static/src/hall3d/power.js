// Whether this machine should draw the simple hall: what it says of itself, and how slow it is.

const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;
/** A frame of the full hall this slow is no pleasure. */
const SLOW_MS = 120;
const SLOW_FRAMES = 3;

/** Whether the browser can draw the hall at all, and whether without a graphics processor. */
export function probe() {
  try {
    const gl = document.createElement("canvas").getContext("webgl2");
    if (!gl) return { webgl: false, software: true };
    const software = softwareRenderer(gl);
    gl.getExtension("WEBGL_lose_context")?.loseContext();
    return { webgl: true, software };
  } catch {
    return { webgl: false, software: true };
  }
}

/** @param {WebGL2RenderingContext} gl */
export function softwareRenderer(gl) {
  const info = gl.getExtension("WEBGL_debug_renderer_info");
  const name = info ? gl.getParameter(info.UNMASKED_RENDERER_WEBGL) : gl.getParameter(gl.RENDERER);
  return SOFTWARE.test(String(name));
}

/**
 * What the machine says before a frame is drawn: data saver, little memory, an emptying battery.
 * @param {any} [navigator]
 * @returns {Promise<boolean>}
 */
export async function frugal(navigator = globalThis.navigator) {
  if (navigator.connection?.saveData || navigator.deviceMemory <= 2) return true;
  const battery = await navigator.getBattery?.().catch(() => null);
  return battery ? !battery.charging && battery.level < 0.2 : false;
}

/**
 * Tells when frames are too slow: full resolution first, then the simple hall.
 * @param {{coarser: () => boolean, simpler: () => void}} by `coarser` is false at its end
 */
export function governor({ coarser, simpler }) {
  let slow = 0;
  return {
    /** @param {number} ms how long the frame took */
    took(ms) {
      slow = ms > SLOW_MS ? slow + 1 : ms > 30 ? slow + 0.1 : Math.max(0, slow - 0.2);
      if (slow < SLOW_FRAMES) return;
      slow = 0;
      if (ms > SLOW_MS || !coarser()) simpler();
    },
  };
}
