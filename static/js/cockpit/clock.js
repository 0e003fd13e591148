// The server's time on a device whose clock nobody trusts: how far the two are apart is measured at every answer, kept
// over reloads, and used for every stamp.
const KEPT = "vigil-clock-offset";
const SURE_WITHIN_MS = 3000;

function kept() {
  try {
    const value = localStorage.getItem(KEPT);
    return value === null ? null : Number(value);
  } catch {
    return null;
  }
}

let offset = kept();

export const offsetMs = () => offset ?? 0;
export const now = () => new Date(Date.now() + offsetMs());

// Half of the way there and back is taken off; a slow answer says too little to move the clock.
export function learn(serverNow, askedAt, answeredAt) {
  const server = Date.parse(serverNow);
  if (Number.isNaN(server) || (offset !== null && answeredAt - askedAt > SURE_WITHIN_MS)) return;
  offset = Math.round(server - (askedAt + answeredAt) / 2);
  try {
    localStorage.setItem(KEPT, String(offset));
  } catch {
    // A browser that forbids storage measures again at the next page.
  }
}

const parts = (moment, zone) => Object.fromEntries(
  new Intl.DateTimeFormat("en-GB", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
  }).formatToParts(moment).map(({ type, value }) => [type, value]),
);

export function clockFace(moment, zone) {
  const { hour, minute } = parts(moment, zone);
  return `${hour}:${minute}`;
}

// A time as it was typed into a box, in the zone of the site, as a moment; null when it is none.
export function momentOf(typed, zone) {
  const shape = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)/.exec(typed);
  if (!shape) return null;
  const [year, month, day, hour, minute] = shape.slice(1).map(Number);
  const wanted = Date.UTC(year, month - 1, day, hour, minute);
  let moment = wanted;
  for (let turn = 0; turn < 2; turn += 1) {
    const shown = parts(new Date(moment), zone);
    moment += wanted - Date.UTC(shown.year, shown.month - 1, shown.day, shown.hour, shown.minute);
  }
  return new Date(moment);
}
