// A host without a browser: does the one act that each stage of the opening asks of the host.
import { hex, utf8 } from "../sealing/bytes.js";
import { demoSigner } from "./signing.js";

/**
 * The host's next act at this stage; null when the hall waits for others.
 * @param {import("./session.js").Session} account
 * @param {string} lotId
 * @param {string} stage
 * @returns {Promise<object | null>}
 */
export async function nextAct(account, lotId, stage) {
  switch (stage) {
    case "list_published":
      return { act: "start_decryption" };
    case "opening":
      return signManifest(account, lotId);
    case "parameter_draw":
      return { act: "draw" };
    case "read_out":
      return { act: "read_out", seats: [] };
    case "questions":
      return { act: "close" };
    default:
      return null;
  }
}

/**
 * @param {import("./session.js").Session} account
 * @param {string} lotId
 * @param {object} act
 */
export function perform(account, lotId, act) {
  return account.post(`/lots/${lotId}/hall/acts`, act);
}

/**
 * @param {import("./session.js").Session} account
 * @param {string} lotId
 */
async function signManifest(account, lotId) {
  const manifest = await account.get(`/lots/${lotId}/hall/openings-manifest`);
  if (!manifest.statement || manifest.signed) return null;
  const signer = await demoSigner(account);
  return {
    act: "sign_manifest",
    digest: manifest.digest,
    signature: hex(await signer.sign(utf8(manifest.statement))),
    certificate_chain: signer.certificates(),
  };
}
