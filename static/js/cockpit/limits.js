// The version's own expressions, judged on the page at once, in three values and without rounding; what the server says
// afterwards is what counts. The tree is the server's (protocol/expressions/portable.py).
const UNKNOWN = null;

// Decimal numbers as whole ones with their number of places, so that 37.8 is 37.8.
function decimal(text) {
  const shape = /^\s*(-?)(\d+)(?:[.,](\d+))?\s*$/.exec(String(text));
  if (!shape) return UNKNOWN;
  const [, sign, whole, fraction = ""] = shape;
  return { units: BigInt(`${sign}${whole}${fraction}`), places: fraction.length };
}

function alike(one, other) {
  const places = Math.max(one.places, other.places);
  const scaled = ({ units, places: own }) => units * 10n ** BigInt(places - own);
  return [scaled(one), scaled(other), places];
}

const ARITHMETIC = {
  "+": (one, other) => { const [a, b, places] = alike(one, other); return { units: a + b, places }; },
  "-": (one, other) => { const [a, b, places] = alike(one, other); return { units: a - b, places }; },
  "*": (one, other) => ({ units: one.units * other.units, places: one.places + other.places }),
};
const isNumber = (value) => typeof value === "object" && value !== null;

function equal(one, other) {
  if (!isNumber(one) || !isNumber(other)) return one === other;
  const [a, b] = alike(one, other);
  return a === b;
}

const COMPARISONS = {
  "<": (one, other) => { const [a, b] = alike(one, other); return a < b; },
  "<=": (one, other) => { const [a, b] = alike(one, other); return a <= b; },
  ">": (one, other) => { const [a, b] = alike(one, other); return a > b; },
  ">=": (one, other) => { const [a, b] = alike(one, other); return a >= b; },
  "==": equal,
  "!=": (one, other) => !equal(one, other),
};

export function evaluate([what, ...parts], values) {
  if (what === "true" || what === "false") return what === "true";
  if (what === "number") return decimal(parts[0]);
  if (what === "text") return parts[0];
  if (what === "name") return values[parts[0]] ?? UNKNOWN;
  const found = parts.map((part) => evaluate(part, values));
  if (what === "not") return found[0] === UNKNOWN ? UNKNOWN : !found[0];
  if (what === "and" || what === "or") {
    const decisive = what === "or";
    if (found.includes(decisive)) return decisive;
    return found.includes(UNKNOWN) ? UNKNOWN : !decisive;
  }
  if (found.includes(UNKNOWN)) return UNKNOWN;
  if (what === "in") return found.slice(1).some((choice) => equal(found[0], choice));
  return (ARITHMETIC[what] || COMPARISONS[what])(...found);
}

// Returns the first rule that holds for what was typed, or null: what is unknown does not act, as on the server.
export function judge(limits, baselines, typed) {
  const values = {};
  for (const [name, text] of Object.entries(baselines)) values[name] = decimal(text);
  for (const [name, field] of Object.entries(limits.signs)) {
    const value = typed[field];
    if (name === "chest_pain") values[name] = value === "on" || value === "true";
    else if (value !== undefined && value !== "") values[name] = decimal(value);
  }
  return limits.rules.find((rule) => evaluate(rule.tree, values) === true) || null;
}
