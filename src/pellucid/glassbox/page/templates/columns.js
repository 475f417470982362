// From the value of one column to its entries of x, by the rules of pellucid/tables.

const UNSEEN = Symbol("a text that was not seen in training");
const CLIP = 3; // where the smooth clipping of robust numbers ends

const clipped = (value, least, most) => Math.min(Math.max(value, least), most);
const standardised = (value, {mean, scale}) => (value - mean) / scale;
const robust = ({median, scale}, x) => (x - median) / scale;

/** The place of the first number of an ordered list that is greater than x; the length of the list if none is. */
function placeBeyond(ordered, x) {
  const found = ordered.findIndex((entry) => entry > x);
  return found < 0 ? ordered.length : found;
}

/** The slope to the right of x of the line through the knots, which is constant outside. */
function slopeOfKnots({knots, values}, x) {
  const j = placeBeyond(knots, x);
  return j === 0 || j === knots.length ? 0 : (values[j] - values[j - 1]) / (knots[j] - knots[j - 1]);
}

/** Each way to encode numbers: the entries of a number x, and the derivative of each by x. */
const NUMBERS = {
  standard: {apply: (rule, x) => [standardised(x, rule)], slopes: ({scale}) => [1 / scale]},
  robust: {
    apply: (rule, x) => [robust(rule, x) * (CLIP / Math.hypot(CLIP, robust(rule, x)))],
    slopes: (rule, x) => [(CLIP / Math.hypot(CLIP, robust(rule, x))) ** 3 / rule.scale],
  },
  quantile: {
    apply(rule, x) {
      const {knots, values} = rule;
      const j = placeBeyond(knots, x);
      if (j === 0 || j === knots.length) return [j === 0 ? values[0] : values.at(-1)];
      return [slopeOfKnots(rule, x) * (x - knots[j - 1]) + values[j - 1]];
    },
    slopes: (rule, x) => [slopeOfKnots(rule, x)],
  },
  piecewise_linear: {
    apply: ({edges}, x) => bins(edges).map(([start, end, least, most]) => clipped((x - start) / (end - start), least, most)),
    slopes: ({edges}, x) =>
      bins(edges).map(([start, end, least, most]) => {
        const e = (x - start) / (end - start);
        return least <= e && e < most ? 1 / (end - start) : 0;
      }),
  },
};
NUMBERS.none = NUMBERS.standard;

/** Of each bin its edges, and to what its entry is clipped: the first goes on below, the last above. */
function bins(edges) {
  const last = edges.length - 2;
  return edges.slice(1).map((end, t) => [edges[t], end, t === 0 ? -Infinity : 0, t === last ? Infinity : 1]);
}

/** What the formula of a column is applied to: the number, the parts of a date, the share of a level. */
function operands(encoding, value) {
  if (encoding.kind in NUMBERS) return [value ?? encoding.fill];
  if (encoding.kind === "date") return dateParts(encoding, value);
  if (encoding.kind !== "frequency") return [];
  return [value === null ? encoding.mean : encoding.shares[encoding.levels.indexOf(value)] ?? encoding.rest];
}

/** The entries of x that come from one column, at a value: a number, a truth, a text, null where it is missing. */
function encodedColumn(column, value) {
  const {encoding} = column;
  const taken = operands(encoding, value);
  const mark = column.has_indicator ? [value === null ? 1 : 0] : [];
  if (encoding.kind in NUMBERS) return [...NUMBERS[encoding.kind].apply(encoding, taken[0]), ...mark];
  if (encoding.kind === "boolean") return [value ? 1 : 0, ...mark];
  if (encoding.kind === "date") return [...taken.map((part, i) => standardised(part, encoding.parts[i])), ...mark];
  if (encoding.kind === "frequency") return [standardised(taken[0], encoding), ...mark];
  const place = encoding.kind === "one_hot" ? placeOfLevel(encoding, value) : -1;
  return column.features.map((_, i) => (i === place ? 1 : 0));
}

/** Levels come first, then the place of all rare and unseen ones, then that of missing text, where there are such. */
function placeOfLevel({levels, rare, missing}, value) {
  if (value === null) return missing ? levels.length + (rare.length ? 1 : 0) : -1;
  const place = levels.indexOf(value);
  return place < 0 && rare.length ? levels.length : place;
}

/** The derivative of each entry of a number column by its value; [] of all that have none. */
function slopesOfColumn({encoding}, value) {
  return encoding.kind in NUMBERS && value !== null ? NUMBERS[encoding.kind].slopes(encoding, value) : [];
}

/** What the network gets of a column, as `entries_in_words` of column_words.py. */
function entriesInWords(column, value, x) {
  const {encoding} = column;
  const encoded = column.features.map((feature) => x[feature]);
  if (encoding.kind === "one_hot") {
    const place = encoded.indexOf(1);
    return place < 0 ? "0 in all its places" : `1 in place ${column.features[place] + 1} of x`;
  }
  const entries = column.has_indicator ? encoded.slice(0, -1) : encoded;
  const taken = operands(encoding, value);
  let said = entries.map((z) => short(z));
  if (encoding.kind === "date") said = said.map((z, i) => `${encoding.parts[i].part.replaceAll("_", " ")} ${short(taken[i])} → ${z}`);
  if (encoding.kind === "frequency") said = [`share ${short(taken[0])} → ${said[0]}`];
  if (encoding.kind === "piecewise_linear") said = runsInWords(entries);
  if (column.has_indicator) said.push(`missing ${encoded.at(-1)}`);
  return said.join(encoding.kind === "date" ? "\n" : ", ") || "nothing";
}

/** The entries of bins, equal neighbours together. */
function runsInWords(entries) {
  const said = [];
  for (let start = 0, end = 1; start < entries.length; start = end, end = start + 1) {
    while (end < entries.length && entries[end] === entries[start]) end++;
    said.push(`${short(entries[start])} in ` + (end === start + 1 ? `bin ${end}` : `bins ${start + 1} to ${end}`));
  }
  return said;
}
