// 安全密钥 on the account page: registering one, ending one; asked for before a settlement leaves.
import { busy, refuse } from "../kernel/dialog.js";
import { el, qs, replace, toast } from "../kernel/dom.js";
import { day } from "../kernel/format.js";
import * as passkey from "../kernel/passkey.js";
import { _ } from "../kernel/words.js";

/** Draws the panel and wires its form. */
export async function startPasskeys() {
  const form = /** @type {HTMLFormElement} */ (qs("#passkey-form"));
  const able = passkey.usable();
  qs("#passkey-unable").hidden = able;
  form.hidden = !able;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const name = String(new FormData(form).get("passkey-name"));
    void attempt(form, async () => {
      await passkey.register(name);
      form.reset();
      toast(_("安全密钥已登记。以后批准退款时要用它确认。"));
    });
  });
  await draw(form);
}

/** @param {HTMLFormElement} form */
async function draw(form) {
  const { passkeys } = await passkey.own();
  const items = passkeys.map((one) => line(form, one));
  replace(
    qs("#passkeys"),
    items.length > 0
      ? el("ul", { class: "passkeys" }, ...items)
      : el("p", { class: "muted small" }, _("还没有登记。")),
  );
}

/** @param {HTMLFormElement} form @param {passkey.Passkey} one */
function line(form, one) {
  const end = () =>
    void attempt(form, async () => {
      await passkey.end(one.id);
      toast(_("安全密钥已停用。"));
    });
  const label = _("停用%(name)s", { name: one.name });
  const attributes = { class: "btn sm", type: "button", "aria-label": label };
  return el(
    "li",
    { class: "row between" },
    el(
      "span",
      {},
      el("b", {}, one.name),
      " ",
      el("span", { class: "small muted" }, _("%(at)s 登记", { at: day(one.created_at) })),
    ),
    el("button", { ...attributes, on: { click: end } }, _("停用")),
  );
}

/** @param {HTMLFormElement} form @param {() => Promise<void>} act */
async function attempt(form, act) {
  busy(form, true);
  qs("[data-refusal]", form).hidden = true;
  try {
    await act();
    await draw(form);
    busy(form, false);
  } catch (error) {
    refuse(form, inWords(error));
  }
}

/** @param {unknown} error the browser tells a closed window and a missing key alike */
function inWords(error) {
  if (!(error instanceof DOMException)) return error;
  return new Error(_("安全密钥没有回答：操作被取消、超时，或不是登记过的那一把。"));
}
