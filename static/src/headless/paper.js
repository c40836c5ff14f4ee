// A small, valid PDF with Chinese text, so that stand-ins submit real files.

const PAGE = { width: 595, height: 842 };
const LINE = 26;

/**
 * One page: a title and lines, in a font every reader has for Chinese.
 * @param {string} title
 * @param {string[]} lines
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function pdf(title, lines) {
  const text = [title, ...lines].map((line, i) => drawn(line, i)).join("\n");
  return assemble([
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${PAGE.width} ${PAGE.height}] /Contents 4 0 R ` +
      "/Resources << /Font << /F 5 0 R >> >> >>",
    `<< /Length ${text.length} >>\nstream\n${text}\nendstream`,
    "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H " +
      "/DescendantFonts [6 0 R] >>",
    "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /FontDescriptor 7 0 R " +
      "/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> >>",
    "<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] " +
      "/ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
  ]);
}

/**
 * @param {string} line
 * @param {number} index
 */
function drawn(line, index) {
  const size = index === 0 ? 20 : 12;
  const y = PAGE.height - 90 - index * LINE;
  const units = [...line].map((c) => (c.codePointAt(0) ?? 32).toString(16).padStart(4, "0"));
  return `BT /F ${size} Tf 72 ${y} Td <${units.join("")}> Tj ET`;
}

/** @param {string[]} objects ASCII only, numbered from 1 */
function assemble(objects) {
  let file = "%PDF-1.4\n";
  const places = objects.map((object, i) => {
    const place = file.length;
    file += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return place;
  });
  const table = places.map((place) => `${String(place).padStart(10, "0")} 00000 n \n`).join("");
  const size = objects.length + 1;
  const trailer = `trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${file.length}\n%%EOF\n`;
  return new TextEncoder().encode(
    `${file}xref\n0 ${size}\n0000000000 65535 f \n${table}${trailer}`,
  );
}
