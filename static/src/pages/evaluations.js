// 我的评标: an invited expert answers here; accepting leads into the room.
import { carriedOut } from "../kernel/dialog.js";
import { all, qs } from "../kernel/dom.js";
import { getJson, postJson, showRefusal } from "../kernel/http.js";
import { answerInvitation } from "../evaluation/member.js";

const account = { get: getJson, post: postJson };

for (const button of all("[data-answer]")) {
  const room = button.dataset.room ?? "";
  const act = button.dataset.answer === "accept" ? accept : decline;
  button.addEventListener("click", () => void act(room));
}

/** @param {string} room */
async function accept(room) {
  try {
    await answerInvitation(account, room, "accept");
    location.assign(`/evaluations/${room}`);
  } catch (error) {
    showRefusal(qs("#refusal"), error);
  }
}

/** @param {string} room */
async function decline(room) {
  const done = await carriedOut("decline", (data) =>
    answerInvitation(account, room, "decline", String(data.get("reason"))),
  );
  if (done) location.reload();
}
