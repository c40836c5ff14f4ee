// A bidder's reminders as one calendar file (RFC 5545), made here: the server never learns for which
// lots. Times are UTC; a lot's events keep their UIDs, and SEQUENCE counts the notices' versions, so
// that a calendar that knows them already moves them when the deadline moves.

/**
 * @typedef {object} Due
 * @property {string} lot
 * @property {string} name
 * @property {string} number
 * @property {string} deadline ISO 8601
 * @property {number} version of the notice that names the deadline, from 1
 * @property {number} signInMinutes how long before the deadline sign-in opens
 */
/** @typedef {{deadline: string, signIn: string, opening: string, place: string}} Words */
/** @typedef {{uid: string, start: number, end?: number, title: string, alarms: string[]}} Planned */

const MINUTE = 60_000;
const OPENING_MINUTES = 120;
const OCTETS = 75;

/**
 * @param {Due[]} lots
 * @param {{now: number, origin: string, words: Words}} told origin as https://…, no slash at its end
 * @returns {string} the whole file
 */
export function calendarFile(lots, { now, origin, words }) {
  const lines = [
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Sunbid//Reminders 1//ZH",
    "CALSCALE:GREGORIAN",
    "METHOD:PUBLISH",
    ...lots.flatMap((lot) => planned(lot, words).flatMap((one) => event(lot, one))),
    "END:VCALENDAR",
  ];
  return lines.map((line) => `${fold(line)}\r\n`).join("");

  /** @param {Due} lot @param {Planned} one */
  function event(lot, one) {
    const summary = text(`${one.title} ${lot.name}`);
    return [
      "BEGIN:VEVENT",
      `UID:${one.uid}`,
      `DTSTAMP:${utc(now)}`,
      `DTSTART:${utc(one.start)}`,
      ...(one.end === undefined ? [] : [`DTEND:${utc(one.end)}`]),
      `SEQUENCE:${Math.max(0, lot.version - 1)}`,
      `SUMMARY:${summary}`,
      `DESCRIPTION:${text(`${lot.name}\n${lot.number}`)}`,
      `LOCATION:${text(words.place)}`,
      `URL:${origin}/lots/${lot.lot}/hall`,
      "STATUS:CONFIRMED",
      "TRANSP:TRANSPARENT",
      ...one.alarms.flatMap((trigger) => [
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        `DESCRIPTION:${summary}`,
        `TRIGGER:${trigger}`,
        "END:VALARM",
      ]),
      "END:VEVENT",
    ];
  }
}

/** @param {Due} lot @param {Words} words @returns {Planned[]} sign-in, deadline, opening */
function planned(lot, words) {
  const due = Date.parse(lot.deadline);
  const uid = (/** @type {string} */ part) => `${lot.lot}-${part}@sunbid`;
  return [
    {
      uid: uid("sign-in"),
      start: due - lot.signInMinutes * MINUTE,
      end: due,
      title: words.signIn,
      alarms: ["PT0S"],
    },
    { uid: uid("deadline"), start: due, title: words.deadline, alarms: ["-P1D", "-PT1H"] },
    {
      uid: uid("opening"),
      start: due,
      end: due + OPENING_MINUTES * MINUTE,
      title: words.opening,
      alarms: ["-PT10M"],
    },
  ];
}

/** @param {number} at milliseconds @returns {string} 20261124T013000Z */
function utc(at) {
  return `${new Date(at).toISOString().slice(0, 19).replace(/[-:]/g, "")}Z`;
}

/** @param {string} value a TEXT value: backslash, semicolon, comma and line breaks escaped */
export function text(value) {
  return value
    .replace(/[\\;,]/g, (sign) => `\\${sign}`)
    .replace(/\r\n|\r|\n/g, "\\n")
    .replace(/\p{Cc}/gu, "");
}

/** @param {string} line @returns {string} at most 75 octets a line, no character cut in two */
export function fold(line) {
  const lines = [""];
  let octets = 0;
  for (const character of line) {
    const size = new TextEncoder().encode(character).length;
    if (octets + size > OCTETS) {
      lines.push(" ");
      octets = 1;
    }
    lines[lines.length - 1] += character;
    octets += size;
  }
  return lines.join("\r\n");
}
