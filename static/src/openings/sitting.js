// What belongs to the whole sitting and stays when the lot changes: chair, messages, who is here.
import { qs } from "../kernel/dom.js";
import { postJson } from "../kernel/http.js";
import { follow } from "../kernel/live.js";
import { chairPart } from "./chair.js";
import { chatPanel } from "./chat.js";
import { presencePart, seatsHere } from "./presence.js";
import { begin, fold } from "./sitting-state.js";

/** @typedef {import("./state.js").Hall} Hall */
/** @typedef {import("./voice.js").Voice} Voice */
/** @typedef {import("./sitting-state.js").Official} Official */
/**
 * @typedef {object} Told what the page says of its sitting
 * @property {string} id
 * @property {string} live_id
 * @property {import("./lots-view.js").Lot[]} lots
 * @property {Official | null} host
 * @property {Official | null} deputy
 * @property {Official | null} acting
 * @property {string | null} room
 * @property {import("../kernel/stream.js").LiveEvent[]} events
 * @property {string | null} me
 * @property {string | null} speaks
 * @property {Official[]} [people]
 * @property {{id: string, number: string, name: string}[]} [others]
 */

/**
 * Starts the parts that the page has mounts for.
 * @param {{lot: {id: string}, sitting: Told, me?: {name: string} | null}} page
 * @param {() => Hall} hall
 * @param {object} [tell]
 * @param {(here: {roles: {[role: string]: number}, seats: number[], names?: {[role: string]: string}}) => void} [tell.presence] on the page's lot
 * @param {(acting: "host" | "deputy") => void} [tell.presiding] somebody else presides from now
 */
export function startSitting(page, hall, { presence, presiding } = {}) {
  const { sitting: told, lot } = page;
  const base = `/lots/${lot.id}/hall`;
  /** @type {Voice | null} */
  let voice = null;
  let sitting = told.events.reduce(fold, begin(told));
  const chat = chatPanel(qs("#chat"), {
    say: (text, key) => (voice ? voice.say(text, key) : postJson(`${base}/chat`, { text, key })),
    mute: (seat, of, reason) =>
      postJson(`/lots/${of ?? lot.id}/hall/chat/mute`, { seat, reason, muted: reason !== null }),
    remove: (no, reason) => postJson(`${base}/chat/remove`, { no, reason }),
  });
  const chair = chairPart(page);
  const line = presencePart(qs("#presence"), {
    lot: lot.id,
    bids: () => hall().bids,
    gone: chair.gone,
  });
  const mine = () => {
    const bid = voice && hall().bids?.find(({ pseudonym }) => pseudonym === voice?.pseudonym);
    return bid ? bid.seat : null;
  };
  const who = () => ({
    speaks: told.speaks,
    me: told.me,
    name: page.me?.name ?? "",
    lot: lot.id,
    seat: mine(),
  });
  let listed = hall().bids !== null;
  let presides = told.acting?.person;
  const draw = () => {
    // Only a seat that the list has named is given a pass.
    if (!listed && hall().bids) {
      listed = true;
      if (voice) restart();
    }
    if (["closed", "failed_too_few", "cancelled"].includes(hall().stage)) line.hide();
    chat.show(sitting, who(), hall());
    chair.show(sitting, hall());
    if (sitting.acting?.person === presides) return;
    presides = sitting.acting?.person;
    presiding?.(sitting.acting?.person === sitting.deputy?.person ? "deputy" : "host");
  };
  const listen = () =>
    follow(told.live_id, {
      after: sitting.seq,
      onEvent(event) {
        sitting = fold(sitting, event);
        if (event.kind === "lots_changed") chair.moved();
        draw();
      },
      onState: (state) => {
        if (state === "interrupted") line.hide();
      },
      pass: async () => (voice && mine() !== null ? voice.pass(told.live_id) : ""),
      told: {
        presence: (frame) => {
          line.show(frame);
          const { roles, names } = frame;
          presence?.({ roles, names, seats: seatsHere(frame, lot.id) });
        },
      },
    });
  let following = listen();
  const restart = () => {
    following.stop();
    following = listen();
  };
  draw();
  return {
    draw,
    /** The vault is open: from now this page speaks and counts as its seat. @param {Voice} own */
    seated(own) {
      voice = own;
      if (mine() !== null) restart();
      draw();
    },
    sitting: () => sitting,
  };
}
