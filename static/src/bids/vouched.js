// Whether a receipt carries the word of its witnesses; whoever shows it checks their signatures.

/** @param {import("../sealing/receipts.js").Receipt} receipt cosigned and stamped */
export function isVouched({ cosignatures = [], stamp = null }) {
  return cosignatures.length > 0 && stamp !== null;
}
