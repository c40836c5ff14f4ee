// Bundles pages, workers and the style sheet into static/dist with hashed names, and writes
// manifest.json: {"pages/hall.js": {"file": "pages/hall-XXXX.js", "integrity": "sha384-…"}}.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const DIST = join(HERE, "dist");
const KEEP_OLD_MS = 3_600_000; // a page served before this build may still ask for its files

/** @param {string} folder */
async function scriptsIn(folder) {
  const path = join(HERE, "src", folder);
  const names = existsSync(path) ? (await readdir(path)).sort() : [];
  return names
    .filter((name) => name.endsWith(".js"))
    .map((name) => ({ in: join(path, name), out: `${folder}/${name.slice(0, -3)}` }));
}

async function entries() {
  const css = join(HERE, "css", "main.css");
  const style = existsSync(css) ? [{ in: css, out: "css/main" }] : [];
  return [...(await scriptsIn("pages")), ...(await scriptsIn("workers")), ...style];
}

/**
 * Source entry of an output as templates name it: pages/hall.js, workers/seal.js, css/main.css.
 * @param {string} entryPoint path esbuild reports, relative to the working folder
 */
function manifestKey(entryPoint) {
  const path = relative(HERE, join(process.cwd(), entryPoint)).replaceAll("\\", "/");
  return path.startsWith("src/") ? path.slice("src/".length) : path;
}

/** @param {string} file */
async function integrity(file) {
  const digest = createHash("sha384").update(await readFile(file));
  return `sha384-${digest.digest("base64")}`;
}

/**
 * What the PDF reader fetches while it reads (character maps, standard fonts, decoders), as it is.
 * @returns {Promise<{folder: string, files: string[]}>} folder by its version, relative to dist
 */
async function readerFiles() {
  const home = dirname(createRequire(import.meta.url).resolve("pdfjs-dist/package.json"));
  const { version } = JSON.parse(await readFile(join(home, "package.json"), "utf-8"));
  const folder = `pdf-${version}`;
  for (const part of ["cmaps", "standard_fonts", "wasm"]) {
    if (existsSync(join(DIST, folder, part))) continue;
    await cp(join(home, part), join(DIST, folder, part), { recursive: true });
  }
  const found = await readdir(join(DIST, folder), { recursive: true, withFileTypes: true });
  return { folder, files: found.map((entry) => join(entry.parentPath, entry.name)) };
}

/** @param {string} text */
const hashOf = (text) => `sha256-${createHash("sha256").update(text).digest("base64")}`;

/** @param {string} entry @param {import("esbuild").Format} format @returns {Promise<string>} */
async function inline(entry, format) {
  const result = await esbuild.build({
    entryPoints: [join(HERE, entry)],
    bundle: true,
    format,
    target: ["es2022"],
    minify: true,
    write: false,
    logLevel: "warning",
    legalComments: "none",
  });
  return result.outputFiles[0].text.trim();
}

/** The icons a page names, out of the one sprite. @param {string} used @returns {Promise<string>} */
async function iconsIn(used) {
  const sprite = await readFile(join(HERE, "..", "kernel", "templates", "icons.svg"), "utf-8");
  const symbols = sprite.match(/<symbol id="i-[^]*?<\/symbol>/g) ?? [];
  const kept = symbols.filter((symbol) => {
    const name = /id="i-([a-z-]+)"/.exec(symbol)?.[1] ?? "";
    return used.includes(`i-${name}"`) || used.includes(`"${name}"`);
  });
  return `<svg class="sprite" aria-hidden="true">${kept.join("")}</svg>`;
}

/**
 * The offline verifier: one file that works from a disk, with everything in it and no way out.
 * @returns {Promise<string>} its name in dist
 */
async function buildVerifier() {
  const folder = join(HERE, "src", "verifier", "page");
  const script = (await inline("src/verifier/page/main.js", "iife")).replaceAll("</", "<\\/");
  const style = await inline("css/verify.css", "esm");
  const page = await readFile(join(folder, "page.html"), "utf-8");
  const mark = await readFile(join(HERE, "..", "kernel", "templates", "mark.svg"), "utf-8");
  /** @type {Record<string, string>} */
  const parts = {
    SCRIPT_HASH: hashOf(script),
    STYLE_HASH: hashOf(style),
    STYLE: style,
    ICONS: await iconsIn(page + script),
    MARK: mark.trim(),
    SCRIPT: script,
  };
  const text = page.replace(/%([A-Z_]+)%/g, (_whole, name) => parts[name]);
  const name = `verify-${createHash("sha256").update(text).digest("hex").slice(0, 8)}.html`;
  await writeFile(join(DIST, name), text);
  return name;
}

/** @param {Set<string>} current */
async function removeOld(current) {
  for (const entry of await readdir(DIST, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || current.has(path)) continue;
    if (Date.now() - (await stat(path)).mtimeMs > KEEP_OLD_MS) await rm(path);
  }
}

const points = await entries();
await mkdir(DIST, { recursive: true });
/** @type {Record<string, {file: string, integrity: string}>} */
const manifest = {};
const current = new Set([join(DIST, "manifest.json"), join(DIST, ".sunbid")]);

if (points.length > 0) {
  const result = await esbuild.build({
    entryPoints: points,
    outdir: DIST,
    entryNames: "[dir]/[name]-[hash]",
    chunkNames: "chunks/[name]-[hash]",
    assetNames: "assets/[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    target: ["es2022"],
    minify: true,
    sourcemap: true,
    metafile: true,
    logLevel: "warning",
    loader: { ".svg": "file", ".png": "file", ".woff2": "file" },
  });
  for (const [output, facts] of Object.entries(result.metafile.outputs)) {
    const file = join(process.cwd(), output);
    current.add(file);
    if (!facts.entryPoint || output.endsWith(".map")) continue;
    manifest[manifestKey(facts.entryPoint)] = {
      file: relative(DIST, file),
      integrity: await integrity(file),
    };
  }
}

const verifier = await buildVerifier();
current.add(join(DIST, verifier));
manifest["verify.html"] = { file: verifier, integrity: await integrity(join(DIST, verifier)) };

const reader = await readerFiles();
for (const file of reader.files) current.add(file);
manifest["pdf/"] = { file: `${reader.folder}/`, integrity: "" };

// What browsers run, by hash: the platform logs this list before it serves a release.
const served = [...current].filter((file) => /\.(js|css|html|wasm)$/.test(file)).sort();
const files = [];
for (const file of served) {
  const digest = createHash("sha256")
    .update(await readFile(file))
    .digest("hex");
  files.push({ path: relative(DIST, file).replaceAll("\\", "/"), sha256: digest });
}
files.sort((a, b) => (a.path < b.path ? -1 : 1));
const listing = JSON.stringify({ files, format: "sunbid scripts/1" });
await writeFile(join(DIST, "scripts.json.new"), listing);
await rename(join(DIST, "scripts.json.new"), join(DIST, "scripts.json"));
current.add(join(DIST, "scripts.json"));

const draft = join(DIST, "manifest.json.new");
await writeFile(draft, `${JSON.stringify(manifest, null, 2)}\n`);
await rename(draft, join(DIST, "manifest.json"));
await removeOld(current);
