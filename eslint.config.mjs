import js from "@eslint/js";

// Undefined names and unused code are TypeScript's part (tsc --checkJs); here: mistakes and bans.
export default [
  { ignores: ["static/dist/**", ".state/**"] },
  js.configs.recommended,
  {
    files: ["**/*.js", "**/*.mjs"],
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "no-undef": "off",
      eqeqeq: ["error", "always"],
      "no-var": "error",
      "prefer-const": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "Build elements; the CSP and the reader thank you." },
        { property: "outerHTML", message: "Build elements." },
        { property: "insertAdjacentHTML", message: "Build elements." },
        { object: "document", property: "write", message: "Build elements." },
      ],
      "max-lines": ["error", { max: 400 }],
    },
  },
];
