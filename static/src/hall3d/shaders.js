// Small shaders of the hall. What must stay sharp at any distance is a distance field on a quad.
const OUT = "#include <colorspace_fragment>";

/** A plain lit surface for weak machines: light per vertex, nothing per pixel but its colour. */
export const PLAIN = {
  vertexShader: /* glsl */ `
    uniform vec3 uAbove, uBelow, uSun, uFill, uSunTo, uFillTo, uTint;
    varying vec3 vTone;
    void main() {
      vec3 n = normal; vec4 at = vec4(position, 1.0);
      #ifdef USE_INSTANCING
        n = mat3(instanceMatrix) * n; at = instanceMatrix * at;
      #endif
      n = normalize(n);
      vec3 light = mix(uBelow, uAbove, 0.5 + 0.5 * n.y) + uSun * max(0.0, dot(n, uSunTo)) + uFill * max(0.0, dot(n, uFillTo));
      vec3 c = uTint * light;
      #ifdef USE_COLOR
        c *= color;
      #endif
      #ifdef USE_INSTANCING_COLOR
        c *= instanceColor;
      #endif
      vec3 k = min(c, vec3(1.0));
      vTone = mix(pow(k, vec3(0.41666)) * 1.055 - 0.055, k * 12.92, step(k, vec3(0.0031308)));
      gl_Position = projectionMatrix * modelViewMatrix * at;
    }`,
  fragmentShader: /* glsl */ `
    varying vec3 vTone;
    void main() { gl_FragColor = vec4(vTone, 1.0); }`,
};

/** Light pools on the counters and soft contact shades under chairs. */
export const GLOW = {
  vertexShader: /* glsl */ `
    attribute vec3 aTone; varying vec2 vP; varying vec3 vTone;
    void main() { vP = uv * 2.0 - 1.0; vTone = aTone; gl_Position = projectionMatrix * modelViewMatrix * instanceMatrix * vec4(position, 1.0); }`,
  fragmentShader: /* glsl */ `
    uniform float uGain; varying vec2 vP; varying vec3 vTone;
    void main() { float k = max(0.0, 1.0 - dot(vP, vP)); gl_FragColor = vec4(vTone * k * k * uGain, 1.0);
      ${OUT}
    }`,
};

/** The shaft of light on the bidder whose price is being read. */
export const SHAFT = {
  vertexShader: /* glsl */ `
    varying float vUp; varying vec3 vN, vV;
    void main() { vUp = uv.y; vec4 p = modelViewMatrix * vec4(position, 1.0); vN = normalize(normalMatrix * normal); vV = normalize(-p.xyz); gl_Position = projectionMatrix * p; }`,
  fragmentShader: /* glsl */ `
    uniform float uGain; varying float vUp; varying vec3 vN, vV;
    void main() { float edge = pow(abs(dot(vN, vV)), 1.6); gl_FragColor = vec4(vec3(1.0, 0.80, 0.42) * edge * (1.0 - vUp) * (0.35 + 0.65 * (1.0 - vUp)) * uGain, 1.0);
      ${OUT}
    }`,
};

/** The line of light that runs round the hall while the close is locked. */
export const LINE = {
  vertexShader: /* glsl */ `
    attribute float aRun, aTone; varying float vRun, vTone;
    void main() { vRun = aRun; vTone = aTone; gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0); }`,
  fragmentShader: /* glsl */ `
    uniform float uRun, uGain; uniform vec3 uColor; varying float vRun, vTone;
    void main() {
      float lit = 1.0 - smoothstep(uRun - 0.012, uRun, vRun);
      float head = exp(-abs(vRun - uRun) * 26.0) * step(uRun, 0.995);
      gl_FragColor = vec4(uColor * (lit + head * 0.9) * vTone * vTone * vTone * uGain, 1.0);
      ${OUT}
    }`,
};

/** The screen: upright louvres that turn one after another; the front shows uFront, the back uBack. */
export const FLIP = {
  vertexShader: /* glsl */ `
    attribute float aCentre, aOrder;
    uniform float uFlip;
    varying vec2 vUv; varying float vShade;
    void main() {
      float t = clamp(uFlip * 1.7 - aOrder * 0.7, 0.0, 1.0), angle = 3.14159265 * t * t * (3.0 - 2.0 * t);
      vec3 p = position; float x = p.x - aCentre;
      p.x = aCentre + x * cos(angle); p.z += x * sin(angle);
      vUv = uv; vShade = 1.0 - 0.45 * sin(angle);
      gl_Position = projectionMatrix * modelViewMatrix * vec4(p, 1.0);
    }`,
  fragmentShader: /* glsl */ `
    uniform sampler2D uFront, uBack; uniform float uStrips;
    varying vec2 vUv; varying float vShade;
    void main() {
      float centre = (floor(vUv.x * uStrips * 0.99999) + 0.5) / uStrips;
      vec3 c = gl_FrontFacing ? texture2D(uFront, vUv).rgb : texture2D(uBack, vec2(2.0 * centre - vUv.x, vUv.y)).rgb;
      gl_FragColor = vec4(c * vShade, 1.0);
      ${OUT}
    }`,
};

/** The screen's blurred reflection in the polished floor, added before anything stands on it. */
export const MIRROR = {
  vertexShader: /* glsl */ `
    varying vec2 vUv;
    void main() { vUv = uv; gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0); }`,
  fragmentShader: /* glsl */ `
    uniform sampler2D uFront, uBack; uniform float uFlip, uMirror; varying vec2 vUv;
    void main() {
      vec3 c = mix(texture2D(uFront, vUv, 4.5).rgb, texture2D(uBack, vUv, 4.5).rgb, smoothstep(0.2, 0.8, uFlip));
      float edge = smoothstep(0.0, 0.12, vUv.x) * smoothstep(1.0, 0.88, vUv.x) * smoothstep(1.0, 0.3, vUv.y) * smoothstep(0.0, 0.1, vUv.y);
      gl_FragColor = vec4(c * edge * uMirror, 1.0);
    }`,
};

/** Draw balls: spheres painted on quads, with their text from an atlas of 4 by 5 cells. */
export const BALL = {
  vertexShader: /* glsl */ `
    attribute vec3 aAt; attribute float aCell, aLit, aSize;
    varying vec2 vP; varying float vCell, vLit;
    void main() {
      vP = position.xy; vCell = aCell + 0.5; vLit = aLit;
      vec4 at = modelViewMatrix * vec4(aAt, 1.0);
      at.xy += position.xy * aSize;
      gl_Position = projectionMatrix * at;
    }`,
  fragmentShader: /* glsl */ `
    uniform sampler2D uAtlas; uniform float uNight;
    varying vec2 vP; varying float vCell, vLit;
    void main() {
      float r = length(vP), aa = fwidth(r);
      if (r > 1.0) discard;
      vec3 n = vec3(vP, sqrt(max(0.0, 1.0 - r * r)));
      float lambert = max(0.0, dot(n, normalize(vec3(-0.55, 0.65, 0.6))));
      float shine = pow(max(0.0, dot(n, normalize(vec3(-0.35, 0.55, 0.9)))), 60.0);
      vec3 base = mix(vec3(0.86, 0.84, 0.80), vec3(0.98, 0.60, 0.10), vLit);
      base = mix(base, base * 0.6, uNight * (1.0 - vLit));
      vec2 q = vP / 0.82 / max(0.55, n.z), cell = vec2(mod(floor(vCell), 4.0), floor(vCell / 4.0));
      vec2 at = (cell + vec2(q.x * 0.5 + 0.5, 0.5 - q.y)) / vec2(4.0, 5.0);
      float ink = texture2D(uAtlas, vec2(at.x, 1.0 - at.y)).a * step(abs(q.x), 0.98) * step(abs(q.y), 0.48);
      vec3 c = base * (0.34 + 0.72 * lambert + 0.10 * max(0.0, -n.y)) + shine * 0.55 + 0.05 * pow(1.0 - n.z, 2.0);
      c = mix(c, vec3(0.035, 0.05, 0.07), ink * 0.94);
      gl_FragColor = vec4(c, 1.0 - smoothstep(1.0 - aa * 1.5, 1.0, r));
      ${OUT}
    }`,
};
