// Opens a .p12 file as a page does; one JSON order on standard input, one answer on standard output.
import { text } from "node:stream/consumers";
import { fromHex, hex, utf8 } from "../../static/src/sealing/bytes.js";
import { told } from "../../static/src/sealing/errors.js";
import { openPkcs12 } from "../../static/src/sealing/pkcs12.js";

const { file, word, root, at } = JSON.parse(await text(process.stdin));

async function answer() {
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

const done = await answer().catch((error) => told(error));
process.stdout.write(JSON.stringify(done));
