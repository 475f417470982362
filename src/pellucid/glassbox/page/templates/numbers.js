// Numbers by their names: finding them, writing them, comparing two trees of them.

/** Texts such as "NaN" and "-Infinity", which stand for what JSON cannot hold, become numbers, throughout. */
function revived(tree) {
  if (Array.isArray(tree)) return tree.map(revived);
  if (tree === null) return null;
  if (typeof tree === "object") return Object.fromEntries(Object.entries(tree).map(([key, entry]) => [key, revived(entry)]));
  return Number(tree);
}

/** The number called, say, dL_dW.2.0.1; undefined where there is none. */
function find(tree, key) {
  return key.split(".").reduce((at, part) => (at === undefined || at === null ? undefined : at[part]), tree);
}

const SUPERSCRIPTS = {"-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹"};

/** A number to four digits, whole ones to six: the same rule as `short` in mathml.py. */
function short(value, digits = 4) {
  if (Number.isNaN(value)) return "NaN";
  const sign = value < 0 ? "−" : "";
  const size = Math.abs(value);
  if (size === Infinity) return sign + "∞";
  if (size === 0) return "0";
  if (size < 1e6 && (size >= 1000 || Number.isInteger(size))) return sign + String(Math.round(size));
  const [mantissa, exponent] = size.toExponential(digits - 1).split("e").map(Number);
  if (exponent >= -4 && exponent < 6) return sign + String(Number(size.toPrecision(digits)));
  const power = "10" + [...String(exponent)].map((character) => SUPERSCRIPTS[character]).join("");
  return sign + (mantissa === 1 ? power : `${mantissa}·${power}`);
}

/** Write the value of one named number into its element. */
function writeNumber(element, value) {
  element.dataset.value = String(value);
  const text = short(value);
  if (element.textContent !== text) element.textContent = text;
}

/** Colour the cells of a matrix by sign and size. */
function colourMatrix(matrix) {
  const entries = [...matrix.querySelectorAll("[data-key]")];
  const values = entries.map((element) => Number(element.dataset.value));
  const largest = Math.max(0, ...values.filter(Number.isFinite).map(Math.abs));
  entries.forEach((element, i) => colourCell(element.parentElement, values[i], largest));
}

function colourCell(cell, value, largest) {
  const coloured = Number.isFinite(value) && value !== 0 && largest > 0;
  cell.classList.toggle("up", coloured && value > 0);
  cell.classList.toggle("down", coloured && value < 0);
  if (coloured) cell.style.setProperty("--heat", Math.min(Math.abs(value) / largest, 1).toFixed(2));
}

/** Write a tree of numbers into every element of `root` that names one of them. */
function writeNumbers(root, tree) {
  for (const element of root.querySelectorAll("[data-key]")) {
    const value = find(tree, element.dataset.key);
    if (typeof value === "number") writeNumber(element, value);
  }
  root.querySelectorAll(".matrix").forEach(colourMatrix);
}

/** All numbers of a tree, one after the other; null and undefined have none. */
function flattened(tree) {
  if (tree === null || tree === undefined) return [];
  return typeof tree === "number" ? [tree] : tree.flatMap(flattened);
}

/** The largest difference of two arrays over the largest entry of the second; equal infinities and NaNs agree. */
function relativeDifference(mine, other) {
  const a = flattened(mine);
  const b = flattened(other);
  if (a.length !== b.length) return Infinity;
  let largest = 0;
  let difference = 0;
  for (let i = 0; i < a.length; i++) {
    if (Object.is(a[i], b[i]) || a[i] === b[i]) {
      if (Number.isFinite(b[i])) largest = Math.max(largest, Math.abs(b[i]));
      continue;
    }
    if (!Number.isFinite(a[i]) || !Number.isFinite(b[i])) return Infinity;
    largest = Math.max(largest, Math.abs(b[i]));
    difference = Math.max(difference, Math.abs(a[i] - b[i]));
  }
  return difference === 0 ? 0 : difference / (largest || Number.MIN_VALUE);
}

/** The worst relative difference between two trees, array by array and layer by layer, and where it is. */
function compareTrees(mine, other) {
  const worst = {largest: 0, where: "", compared: 0};
  for (const [name, expected] of Object.entries(other)) {
    const byLayer = Array.isArray(expected) && expected.some((entry) => Array.isArray(entry) || entry === null);
    const pairs = byLayer ? expected.map((entry, l) => [`${name} of layer ${l}`, mine[name]?.[l], entry]) : [[name, mine[name], expected]];
    for (const [where, actual, wanted] of pairs) {
      const difference = relativeDifference(actual, wanted);
      worst.compared += flattened(wanted).length;
      if (!(difference <= worst.largest)) Object.assign(worst, {largest: difference, where});
    }
  }
  return worst;
}
