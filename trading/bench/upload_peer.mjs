// The reference tus server on a folder: node upload_peer.mjs MODULES FOLDER
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, folder] = process.argv.slice(2);
const require = createRequire(pathToFileURL(join(modules, "package.json")));
const load = (/** @type {string} */ name) => import(pathToFileURL(require.resolve(name)).href);
const { Server } = await load("@tus/server");
const { FileStore } = await load("@tus/file-store");
const server = new Server({ path: "/files", datastore: new FileStore({ directory: folder }) });
const listening = server.listen({ host: "127.0.0.1", port: 0 }, () => {
  process.stdout.write(`${/** @type {any} */ (listening.address()).port}\n`);
});
