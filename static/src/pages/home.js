// Home: filters apply as they are chosen; a dropped file is hashed here and looked up by its hash.
import { all, find, qs } from "../kernel/dom.js";
import { fileHash } from "../portal/hash.js";
import { _ } from "../kernel/words.js";

const filters = find("[data-filters]");
filters?.addEventListener("change", () => /** @type {HTMLFormElement} */ (filters).requestSubmit());

const zone = find("#home-drop");
zone?.addEventListener("files", async (event) => {
  const [file] = /** @type {CustomEvent<File[]>} */ (event).detail;
  const note = qs("#home-check");
  note.hidden = false;
  note.textContent = _("正在计算 %(name)s 的指纹", { name: file.name });
  if (file.name.toLowerCase().endsWith(".json")) {
    location.assign("/check");
    return;
  }
  location.assign(`/check/${await fileHash(file)}`);
});

// A filter that was followed from a link opens at the list, not at the head of the page.
if (location.search && !location.hash) all("#lots")[0]?.scrollIntoView();
