// The expert's desk: own drafts and sheets of the stage, kept while typing, sealed when submitted.
import { serverNow } from "../kernel/clock.js";
import { el, icon, toast } from "../kernel/dom.js";
import { clock } from "../kernel/format.js";
import { Offline, Refused } from "../kernel/http.js";
import { _ } from "../kernel/words.js";
import { Drafts, openDraftKey } from "./drafts.js";
import { Keeper } from "./keeper.js";
import { marksOf, rowsOf, summary } from "./sheet-model.js";
import { SheetView } from "./sheet-view.js";
import { makeSheet, sheets, submitSheet } from "./sheets.js";
import { bidName } from "./words.js";

/** @typedef {import("./state.js").Room} Room */
/** @typedef {import("./sheets.js").SheetStage} SheetStage */
/** @typedef {import("./sheet-view.js").Leaf} Leaf */
/** @typedef {import("../kernel/keys.js").OpenKey} OpenKey */
/** @typedef {import("../openings/trustee-desk.js").Account} Account */
/**
 * @typedef {object} By
 * @property {(bid: number) => void} onBid
 * @property {() => void} onChange progress may have moved
 * @property {(bid: number, desk: SheetDesk) => Promise<boolean>} confirm asks before a sheet goes
 * @property {(error: unknown) => void} refuse
 */

const TOLD_SECONDS = 10;

export class SheetDesk {
  /**
   * @param {HTMLElement} box @param {Account} account @param {OpenKey} key @param {By} by
   */
  constructor(box, account, key, by) {
    this.account = account;
    this.key = key;
    this.by = by;
    /** @type {Room | null} */
    this.room = null;
    /** @type {SheetStage | ""} */
    this.stage = "";
    /** @type {Promise<void>} */
    this.opening = Promise.resolve();
    /** @type {Keeper | null} */
    this.keeper = null;
    /** @type {Map<number, import("./sheets.js").SheetBody>} made but not yet answered, sent again as they are */
    this.made = new Map();
    this.view = new SheetView(box, {
      onBid: (bid) => by.onBid(bid),
      onChange: (bid) => this.#typed(bid),
      onSubmit: (bid) => void this.#submit(bid),
    });
  }

  /**
   * Takes up the room's present stage, once however often it is asked.
   * @param {Room} room @returns {Promise<void>}
   */
  open(room) {
    this.room = room;
    const stage = /** @type {SheetStage} */ (room.stage);
    if (this.stage === stage) return this.opening;
    this.stage = stage;
    this.opening = this.#take(room, stage).catch((error) => {
      this.stage = ""; // the next call tries anew
      throw error;
    });
    return this.opening;
  }

  /** @param {Room} room @param {SheetStage} stage */
  async #take(room, stage) {
    const keeper = await this.#keeperOf(room);
    const own = await this.#ownStates();
    const rows = rowsOf(room.plan, stage);
    /** @type {Leaf[]} */
    const leaves = [];
    for (const bid of room.bids) {
      const told = own.get(bid.commitment);
      if (!told) continue;
      const entries = await keeper.held(stage, bid.commitment);
      leaves.push({ number: bid.number, name: bid.organisation, entries, ...told });
    }
    this.view.setStage(rows, leaves);
    const next = leaves.find(({ state }) => state !== "submitted") ?? leaves[0];
    if (next) this.view.show(next.number);
    this.#tell({ state: "saved" });
  }

  /** Sheets of this stage that are still to be submitted, null before the desk is open. */
  get owes() {
    const leaves = [...this.view.leaves.values()];
    return leaves.length ? leaves.filter(({ state }) => state !== "submitted").length : null;
  }

  /** Something typed is not on the server yet. */
  get dirty() {
    return this.keeper?.dirty ?? false;
  }

  /** The line is back, or a sheet was returned: ask the server what stands. */
  async refresh() {
    this.keeper?.now();
    if (!this.stage) return;
    const own = await this.#ownStates();
    for (const leaf of this.view.leaves.values()) {
      const told = own.get(this.#commitment(leaf.number));
      if (told && leaf.state !== "sending") Object.assign(leaf, told);
    }
    this.view.refresh();
    this.by.onChange();
  }

  /** @param {Room} room */
  async #keeperOf(room) {
    if (this.keeper) return this.keeper;
    const draftKey = await openDraftKey(this.account, room.room, this.key.keys);
    const drafts = new Drafts(this.account, room.room, draftKey);
    await drafts.load();
    this.keeper = new Keeper(drafts, {
      store: localStorage,
      tell: (told) => this.#tell(told),
      again: (error) => error instanceof Offline || isServerDown(error),
      now: serverNow,
      merged: (stage, bid, saved) => this.#merged(stage, bid, saved),
    });
    return this.keeper;
  }

  /** How each own sheet of the stage stands. */
  async #ownStates() {
    const told = await sheets(this.account, this.room?.room ?? "");
    return statesOf(told, this.stage);
  }

  /** @param {number} number */
  #commitment(number) {
    return this.room?.bids.find((bid) => bid.number === number)?.commitment ?? "";
  }

  /** @param {number} bid */
  #typed(bid) {
    const leaf = this.view.leaves.get(bid);
    if (!leaf || !this.stage) return;
    this.made.delete(bid);
    this.keeper?.changed(this.stage, this.#commitment(bid), leaf.entries);
    this.by.onChange();
  }

  /** Another window of mine typed too: what was not touched here since is taken from there. @param {string} stage @param {string} bid @param {import("./keeper.js").Saved} saved */
  #merged(stage, bid, { sent, marks, conflicts }) {
    const number = this.room?.bids.find(({ commitment }) => commitment === bid)?.number;
    const leaf = this.view.leaves.get(number ?? 0);
    if (!leaf || stage !== this.stage) return marks;
    for (const [key, theirs] of Object.entries(marks)) {
      const own = leaf.entries[key];
      const was = sent[key];
      const still = own?.value === was?.value && own?.note === was?.note;
      if (still) leaf.entries[key] = { ...theirs };
    }
    this.view.refresh(leaf.number);
    if (conflicts.length > 0) {
      const facts = { bid: bidName(leaf.number), n: conflicts.length };
      toast(_("%(bid)s 有 %(n)s 项在另一个窗口也改过，以本窗口的为准。", facts), TOLD_SECONDS);
    }
    return leaf.entries;
  }

  /** @param {number} bid */
  async #submit(bid) {
    const leaf = this.view.leaves.get(bid);
    const { room, stage } = this;
    if (!leaf || !room || !stage || leaf.state === "submitted") return;
    if (!(await this.by.confirm(bid, this))) return;
    const before = leaf.state;
    leaf.state = "sending";
    this.view.refresh(bid);
    try {
      await submitSheet(this.account, room.room, await this.#made(bid, leaf));
      leaf.state = "submitted";
      this.made.delete(bid);
      this.keeper?.forget(stage, this.#commitment(bid));
      this.view.refresh(bid);
      this.#next(bid);
    } catch (error) {
      leaf.state = before;
      this.view.refresh(bid);
      this.by.refuse(error);
    }
    this.by.onChange();
  }

  /** The sealed sheet; an attempt without an answer is repeated with the same bytes. @param {number} bid @param {Leaf} leaf */
  async #made(bid, leaf) {
    const { room, stage } = /** @type {{room: Room, stage: SheetStage}} */ (this);
    const held = this.made.get(bid);
    if (held) return held;
    const place = { room: room.room, stage, seat: room.seat ?? 0, bid: this.#commitment(bid) };
    const keys = { roomKey: room.public_key, signing: this.key.keys.signing };
    const body = await makeSheet(place, marksOf(this.view.rows, leaf.entries), keys);
    this.made.set(bid, body);
    return body;
  }

  /** On to the next sheet that is still owed. @param {number} bid */
  #next(bid) {
    const leaves = [...this.view.leaves.values()];
    const owed = leaves.filter(({ state }) => state !== "submitted");
    const next = owed.find(({ number }) => number > bid) ?? owed[0];
    if (!next) return;
    this.view.show(next.number);
    this.view.focusFirst();
  }

  /** What the confirmation says of a sheet. @param {number} bid */
  summary(bid) {
    return summary(this.view.rows, this.view.leaves.get(bid)?.entries ?? {});
  }

  /** @param {import("./keeper.js").Told} told */
  #tell({ state, at, error }) {
    const say = (
      /** @type {string} */ mark,
      /** @type {string} */ tone,
      /** @type {string} */ text,
    ) => this.view.tellSaved(el("span", { "data-saved": state }, icon(mark, `fg-${tone}`), text));
    if (state === "saving") say("run", "progress", _("正在保存"));
    else if (state === "waiting")
      say("wifi-off", "need", _("未连上服务器，已加密留在本机，正在重试"));
    else if (state === "refused")
      say(
        "x-c",
        "refused",
        error instanceof Refused ? `${error.what} ${error.code}` : String(error),
      );
    else
      say(
        "check-c",
        "done",
        at ? _("%(at)s 已保存", { at: clock(at) }) : _("自动保存，加密后上传"),
      );
  }
}

/** @param {unknown} error */
const isServerDown = (error) => error instanceof Refused && error.status >= 500;

/**
 * Own sheets of a stage by the bid's commitment; a bid that is not judged in it is not there.
 * @param {any} told what GET …/sheets answers @param {string} stage
 * @returns {Map<string, {state: import("./sheet-view.js").SheetState, fault: string}>}
 */
export function statesOf(told, stage) {
  if (told.stage !== stage) return new Map();
  const own = (/** @type {any} */ { bid, state, fault }) => [
    bid,
    { state, fault: fault ? `${fault.what}${fault.code}` : "" },
  ];
  return new Map(told.mine.map(own));
}
