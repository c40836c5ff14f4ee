// The PDF reader's worker: parses and decodes away from the page. Its code is the package's own.
import "pdfjs-dist/legacy/build/pdf.worker.min.mjs";
