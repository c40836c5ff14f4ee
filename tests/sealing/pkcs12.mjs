// Opens .p12 files as a page does; JSON orders on standard input, as many answers on standard output.
import { text } from "node:stream/consumers";
import { fromHex, hex, utf8 } from "../../static/src/sealing/bytes.js";
import { told } from "../../static/src/sealing/errors.js";
import { openPkcs12 } from "../../static/src/sealing/pkcs12.js";

/** @param {{file: string, word: string, root: string, at: string}} order */
async function answer({ file, word, root, at }) {
  const trust = { roots: [fromHex(root)], at: new Date(at) };
  const signer = await openPkcs12(fromHex(file), word, trust);
  const { signing, pair } = signer.keys;
  const tries = [signing, pair.privateKey].map((key) =>
    crypto.subtle.exportKey("pkcs8", key).then(
      () => ["out"],
      () => [],
    ),
  );
  return {
    public: hex(signer.publicKey),
    chain: signer.certificates(),
    signature: hex(await signer.sign(utf8("message"))),
    exported: (await Promise.all(tries)).flat(),
  };
}

const orders = JSON.parse(await text(process.stdin));
const answers = orders.map((/** @type {any} */ order) => answer(order).catch(told));
process.stdout.write(JSON.stringify(await Promise.all(answers)));
