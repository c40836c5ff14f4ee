// Distance fields of the seats: the token above (its kinds are tokens.js's) and the envelope before.
const OUT = "#include <colorspace_fragment>";
const FIELDS = /* glsl */ `
  float segment(vec2 p, vec2 a, vec2 b) { vec2 d = b - a; return length(p - a - d * clamp(dot(p - a, d) / dot(d, d), 0.0, 1.0)); }
  float rounded(vec2 p, vec2 half_, float r) { vec2 d = abs(p) - half_ + r; return length(max(d, 0.0)) + min(max(d.x, d.y), 0.0) - r; }
  float tick(vec2 p, float s) { return min(segment(p, vec2(-0.38, 0.0) * s, vec2(-0.1, -0.28) * s), segment(p, vec2(-0.1, -0.28) * s, vec2(0.4, 0.3) * s)); }
  float squiggle(vec2 p) { return abs(p.y - 0.13 * sin(p.x * 13.0) * smoothstep(0.45, -0.4, p.x)); }
`;

/** Always facing the viewer, never smaller than uMinPixels. Shape says it before colour does. */
export const TOKEN = {
  vertexShader: /* glsl */ `
    attribute vec3 aAt, aTone; attribute float aKind, aSince, aMine;
    uniform float uTime, uMinPixels, uPixel, uSize;
    varying vec2 vP; varying float vKind, vMine; varying vec3 vTone;
    void main() {
      float age = uTime - aSince;
      vP = position.xy * 1.5; vKind = aKind; vMine = aMine; vTone = aTone;
      vec4 at = modelViewMatrix * vec4(aAt, 1.0);
      float pop = 1.0 + 0.7 * exp(-4.0 * max(age, 0.0)) * sin(min(max(age, 0.0) * 7.0, 3.1416));
      float size = max(uSize, uMinPixels * uPixel * -at.z) * pop * smoothstep(2.0, 4.5, -at.z) * step(-0.5, aKind);
      at.xy += vP * size; at.z += 0.2;
      gl_Position = projectionMatrix * at;
    }`,
  fragmentShader: /* glsl */ `
    varying vec2 vP; varying float vKind, vMine; varying vec3 vTone;
    ${FIELDS}
    void main() {
      vec2 p = vP; float r = length(p), aa = fwidth(r) * 0.9, a = atan(p.x, p.y), body = 9.0, mark = 9.0;
      float bang = min(segment(p, vec2(0.0, 0.34), vec2(0.0, -0.02)) - 0.1, length(p - vec2(0.0, -0.34)) - 0.12);
      if (vKind < 0.5) { body = r - 0.62; mark = r - 0.26; }
      else if (vKind < 1.5) { body = max(abs(r - 0.56) - 0.09, -sin(a * 6.0) * 0.1); }
      else if (vKind < 2.5) { body = r - 0.66; mark = r - 0.40; }
      else if (vKind < 3.5) { body = max(abs(p.x) * 0.866 + (p.y - 0.16) * 0.5, -(p.y - 0.16) * 1.0) - 0.62; mark = min(segment(p, vec2(0.0, 0.36), vec2(0.0, -0.02)) - 0.1, length(p - vec2(0.0, -0.27)) - 0.12); }
      else if (vKind < 4.5) { body = p.y > 0.0 ? max(abs(p.x) - 0.64, p.y - 0.66) : (length(p / vec2(0.64, 0.86)) - 1.0) * 0.64; mark = min(segment(p, vec2(-0.3, 0.05), vec2(0.3, 0.05)), segment(p, vec2(0.0, 0.35), vec2(0.0, -0.25))) - 0.1; }
      else if (vKind < 5.5) { body = r - 0.78; mark = tick(p, 1.0) - 0.11; }
      else if (vKind < 6.5) { body = min(r - 0.64, abs(r - 0.86) - 0.07); mark = tick(p, 0.86) - 0.1; }
      else if (vKind < 7.5) { body = r - 0.82 - 0.07 * cos(a * 12.0); mark = min(tick(p, 0.86) - 0.1, abs(r - 0.63) - 0.03); }
      else if (vKind < 8.5) { body = rounded(p, vec2(0.66, 0.8), 0.1); mark = min(squiggle(p + vec2(0.0, 0.28)) - 0.07 + step(0.46, abs(p.x)), min(segment(p, vec2(-0.4, 0.48), vec2(0.4, 0.48)), segment(p, vec2(-0.4, 0.2), vec2(0.2, 0.2))) - 0.055); }
      else if (vKind < 9.5) { body = abs(rounded(p, vec2(0.58, 0.72), 0.1)) - 0.08; body = min(body, segment(p, vec2(-0.24, 0.0), vec2(0.24, 0.0)) - 0.08); }
      else if (vKind < 10.5) { body = min(rounded(p - vec2(0.0, 0.1), vec2(0.84, 0.62), 0.2), max(abs(p.x + 0.3) + p.y * 0.6 + 0.28, -p.y - 0.95)); mark = min(segment(p, vec2(0.0, 0.48), vec2(0.0, 0.12)) - 0.1, length(p - vec2(0.0, -0.2)) - 0.12); }
      else if (vKind < 11.5) { body = (abs(p.x) + abs(p.y) - 1.0) * 0.707; mark = min(segment(p, vec2(-0.23), vec2(0.23)), segment(p, vec2(-0.23, 0.23), vec2(0.23, -0.23))) - 0.085; }
      else if (vKind < 12.5) { body = rounded(p, vec2(0.72), 0.16); mark = min(min(segment(p, vec2(-0.42, 0.12), vec2(0.2, 0.12)), segment(p, vec2(-0.42, 0.12), vec2(-0.18, 0.36))), min(segment(p, vec2(-0.42, 0.12), vec2(-0.18, -0.12)), max(abs(length(p - vec2(0.2, -0.1)) - 0.22), -p.x + 0.2))) - 0.09; mark = min(mark, segment(p, vec2(0.2, -0.32), vec2(-0.1, -0.32)) - 0.09); }
      else if (vKind > 13.5) { body = min(rounded(p - vec2(0.0, 0.1), vec2(0.84, 0.62), 0.2), max(abs(p.x + 0.3) + p.y * 0.6 + 0.28, -p.y - 0.95)); mark = tick(p - vec2(0.0, 0.12), 0.8) - 0.1; }
      else { body = max(max(abs(p.x), abs(p.y)), (abs(p.x) + abs(p.y)) * 0.707) - 0.74; mark = segment(p, vec2(-0.36, 0.0), vec2(0.36, 0.0)) - 0.13; }
      float shape = 1.0 - smoothstep(-aa, aa, body), white = 1.0 - smoothstep(-aa, aa, mark);
      float rim = 1.0 - smoothstep(-aa, aa, body - 0.1);
      float halo = vMine * (1.0 - smoothstep(-aa, aa, abs(r - 1.2) - 0.09));
      float alpha = max(max(shape, rim * 0.85), halo);
      if (alpha < 0.02) discard;
      vec3 c = mix(vec3(1.0), mix(vTone, vec3(1.0), white), shape);
      gl_FragColor = vec4(mix(c, vec3(0.95, 0.56, 0.08), halo * (1.0 - rim)), alpha);
      ${OUT}
    }`,
};

/** The envelope on the counter: sealed, its seal green, open, stamped, signed, or set aside. */
export const PAPER = {
  vertexShader: /* glsl */ `
    attribute float aPaper; varying vec2 vP; varying float vPaper;
    void main() {
      vP = (uv * 2.0 - 1.0) * vec2(1.0, 0.7); vPaper = aPaper;
      vec4 at = instanceMatrix * vec4(position * step(0.5, aPaper), 1.0);
      gl_Position = projectionMatrix * modelViewMatrix * at;
    }`,
  fragmentShader: /* glsl */ `
    uniform float uDim; varying vec2 vP; varying float vPaper;
    ${FIELDS}
    void main() {
      vec2 p = vP; float aa = fwidth(p.x) * 1.2;
      float sheet = rounded(p - vec2(0.0, -0.06), vec2(0.92, 0.56), 0.06);
      vec3 c = vec3(0.92, 0.89, 0.82); float flap = 9.0, seal = length(p - vec2(0.0, 0.0)) - 0.21, drawn = 9.0;
      vec3 wax = vec3(0.50, 0.05, 0.03), ink = vec3(0.09, 0.17, 0.32);
      if (vPaper < 2.5) { flap = min(segment(p, vec2(-0.9, 0.46), vec2(0.0, -0.04)), segment(p, vec2(0.9, 0.46), vec2(0.0, -0.04))) - 0.03; if (vPaper > 1.5) wax = vec3(0.0, 0.34, 0.2); }
      else if (vPaper < 5.5) {
        seal = 9.0; c = vec3(0.98, 0.97, 0.94);
        for (float i = 0.0; i < 3.0; i += 1.0) flap = min(flap, segment(p, vec2(-0.7, 0.32 - i * 0.2), vec2(0.25 + 0.12 * i, 0.32 - i * 0.2)) - 0.03);
        if (vPaper > 3.5) { seal = abs(length(p - vec2(0.58, -0.12)) - 0.22) - 0.05; wax = vec3(0.0, 0.34, 0.2); }
        if (vPaper > 4.5) drawn = squiggle((p + vec2(0.3, 0.38)) * vec2(0.9, 1.4)) - 0.07 + step(0.45, abs(p.x + 0.3));
      } else { c = vec3(0.55, 0.53, 0.5); seal = segment(p, vec2(-0.9, -0.6), vec2(0.9, 0.5)) - 0.06; wax = vec3(0.35, 0.1, 0.07); }
      c = mix(c, vec3(0.55, 0.5, 0.42), 1.0 - smoothstep(-aa, aa, flap));
      c = mix(c, wax, 1.0 - smoothstep(-aa, aa, seal));
      c = mix(c, ink, 1.0 - smoothstep(-aa, aa, drawn));
      gl_FragColor = vec4(c * uDim, 1.0 - smoothstep(-aa, aa, sheet));
      ${OUT}
    }`,
};
