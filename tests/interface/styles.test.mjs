// Laws of the style sheets: one dark palette, colour literals in the token files only.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const CSS = new URL("../../static/css/", import.meta.url);
const PALETTES = new Set([
  ...["tokens.css", "dark.css", "modes.css", "record.css"],
  // A picture's frame and the scene's labels have the light of what they lie on, in any theme.
  ...["picture.css", "hall3d.css"],
]);

test("dark by system and dark by choice are the same palette", () => {
  const text = readFileSync(new URL("dark.css", CSS), "utf8");
  const blocks = [...text.matchAll(/\{\s*(color-scheme: dark;[^}]*)\}/g)].map((match) =>
    /** @type {string} */ (match[1]).split(";").map((line) => line.trim()),
  );
  assert.equal(blocks.length, 2);
  assert.deepEqual(blocks[0], blocks[1]);
});

test("every colour token of the light palette has a dark value", () => {
  const names = (/** @type {string} */ file) =>
    [...readFileSync(new URL(file, CSS), "utf8").matchAll(/(--[\w-]+):\s*(?:#|rgba)/g)].map(
      (match) => match[1],
    );
  const dark = new Set(names("dark.css"));
  assert.deepEqual(
    names("tokens.css").filter((name) => !dark.has(name)),
    [],
  );
});

test("no colour literal stands outside the palettes", () => {
  const files = readdirSync(CSS, { recursive: true, encoding: "utf8" });
  for (const file of files.filter((name) => name.endsWith(".css") && !PALETTES.has(name))) {
    const text = readFileSync(new URL(file, CSS), "utf8").replace(/\/\*.*?\*\//gs, "");
    const literals = text.match(/:[^;{}]*(#[0-9a-f]{3,8}\b|rgba?\()[^;]*/gi) ?? [];
    assert.deepEqual(literals, [], file);
  }
});
