// Pointing at a neuron, a weight or an intercept, in the diagram or in a matrix: what it affects is marked, and its sum
// written out. A click keeps it; Escape lets go.

const pointed = {at: null, kept: false};

const WEIGHTS = ["W", "dL_dW", "step_W", "new_W"];
const INTERCEPTS = ["c", "dL_dc", "step_c", "new_c"];
const NEURONS = ["h", "z", "slope", "dL_dh", "dL_dz"];
const OUTPUTS = ["dL_dy_hat", "y_row", "y", "losses", "prediction"];

/** What the number of this name belongs to: {kind, l, i, j}. */
function belongsTo(key) {
  const [name, ...index] = key.split(".");
  const [l, i, j] = index.map(Number);
  if (WEIGHTS.includes(name)) return {kind: "weight", l, i, j};
  if (INTERCEPTS.includes(name)) return {kind: "intercept", l, i};
  if (NEURONS.includes(name)) return {kind: "neuron", l, i};
  const L = DATA.activations.length;
  const output = OUTPUTS.includes(name) || name === "dz_dh" ? l : undefined;
  return output === undefined || output >= DATA.sizes[L] ? null : {kind: "neuron", l: L, i: output};
}

/** The same for an element of the page; null where there is nothing to point at. */
function pointedBy(element) {
  if (!(element instanceof Element)) return null;
  const drawn = element.closest(".weight, .intercept, .neuron, text.value");
  if (drawn && drawn.dataset.layer !== undefined) {
    const l = Number(drawn.dataset.layer);
    if (drawn.classList.contains("weight")) return {kind: "weight", l, i: Number(drawn.dataset.to), j: Number(drawn.dataset.from)};
    return {kind: drawn.classList.contains("intercept") ? "intercept" : "neuron", l, i: Number(drawn.dataset.unit)};
  }
  const named = element.closest("[data-key]") ?? element.closest("mtd, td")?.querySelector("[data-key]");
  return named ? belongsTo(named.dataset.key) : null;
}

/** Whether an element of the diagram, or the number of a name, is the one or belongs to what it affects. */
function relation(thing, at) {
  const L = DATA.activations.length;
  if (thing.kind === at.kind && thing.l === at.l && thing.i === at.i && thing.j === at.j) return "pointed";
  if (at.kind !== "neuron") return thing.kind === "neuron" && thing.l === at.l && thing.i === at.i ? "affected" : null;
  if (at.l === L) return null;
  if (thing.kind === "weight" && thing.l === at.l + 1 && thing.j === at.i) return "between";
  return thing.kind === "neuron" && thing.l === at.l + 1 ? "affected" : null;
}

const MARKS = ["pointed", "affected", "between"];

/** Mark everything in the diagram and in the current step. */
function markPointed() {
  for (const element of document.querySelectorAll(".pointed, .affected, .between")) element.classList.remove(...MARKS);
  document.body.classList.toggle("pointing", pointed.at !== null);
  if (pointed.at === null) return;
  const drawn = diagram ? diagram.querySelectorAll("circle.neuron, line.weight, .intercept") : [];
  for (const element of drawn) mark(element, pointedBy(element));
  for (const element of document.querySelectorAll(".stage.current [data-key]")) {
    mark(element.closest("mtd, td") ?? element, belongsTo(element.dataset.key));
  }
}

function mark(element, thing) {
  const how = thing && relation(thing, pointed.at);
  if (how) element.classList.add(how);
}

/** In words: what is pointed at, and what it moves. */
function pointedInWords({kind, l, i, j}) {
  const L = DATA.activations.length;
  const neuron = (layer, unit) => (layer === 0 ? `input ${unit + 1} (${NAMES.inputs[unit]})` : layer === L ? `output ${unit + 1} (${NAMES.outputs[unit]})` : `neuron ${unit + 1} of layer ${layer}`);
  if (kind === "weight") return `The weight from ${neuron(l - 1, j)} to ${neuron(l, i)}. It enters h of ${neuron(l, i)} and no other.`;
  if (kind === "intercept") return `The intercept of ${neuron(l, i)}. It enters h of ${neuron(l, i)} and no other.`;
  const upper = neuron(l, i)[0].toUpperCase() + neuron(l, i).slice(1);
  if (l === L) return `${upper}. The loss depends on it directly.`;
  const others = DATA.sizes[l + 1];
  return `${upper}. It enters ${others === 1 ? "the one h" : `all ${others} h`} of layer ${l + 1}.`;
}

/** Write the sums of what is pointed at into its panel. */
function writePointed() {
  const panel = document.getElementById("pointed");
  panel.classList.toggle("empty", pointed.at === null);
  const sums = document.getElementById("pointed-sums");
  if (pointed.at === null) {
    document.getElementById("pointed-words").textContent = "Point at a neuron, a weight or an intercept, in the diagram or in a matrix: here its sum is written out. A click keeps it, Escape lets go.";
    sums.replaceChildren();
    return;
  }
  const at = pointed.at;
  const n = state.numbers;
  document.getElementById("pointed-words").textContent = pointedInWords(at);
  const made = at.kind === "weight" ? sumOfWeight(at, n) : at.kind === "intercept" ? sumOfIntercept(at, n) : [...forwardSums(at, n), ...backwardSums(at, n)];
  if (n[at.kind === "weight" ? "W" : "c"] && at.kind !== "neuron") {
    const name = at.kind === "weight" ? "W" : "c";
    const index = at.kind === "weight" ? [at.i, at.j] : [at.i];
    made.unshift(formula(symbol(name, at.l, ...index), mo("="), mn(find(n, [name, at.l, ...index].join(".")))));
  }
  sums.innerHTML = made.join(""); // numbers and symbols only: see sums.js
}

function pointAt(at) {
  if (JSON.stringify(at) === JSON.stringify(pointed.at)) return;
  pointed.at = at;
  markPointed();
  writePointed();
}

function startPointing() {
  const areas = [document.getElementById("diagram"), document.getElementById("stages")];
  for (const area of areas) {
    area.addEventListener("pointerover", (event) => {
      const at = pointedBy(event.target);
      if (at && !pointed.kept && event.pointerType !== "touch") pointAt(at);
    });
    area.addEventListener("focusin", (event) => {
      const at = pointedBy(event.target);
      if (at && !pointed.kept) pointAt(at);
    });
    area.addEventListener("click", (event) => {
      const at = pointedBy(event.target);
      if (!at) return;
      pointed.kept = !(pointed.kept && JSON.stringify(at) === JSON.stringify(pointed.at));
      pointAt(at);
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    pointed.kept = false;
    pointAt(null);
  });
  for (const circle of diagram?.querySelectorAll("circle.neuron") ?? []) {
    circle.setAttribute("tabindex", "0");
    circle.setAttribute("aria-label", pointedInWords(pointedBy(circle)));
  }
  startChooser();
  writePointed();
}

/** The way to weights and intercepts without a mouse: three fields that choose one. */
function startChooser() {
  const chooser = document.getElementById("chooser");
  const [kind, layer, to, from] = ["kind", "layer", "to", "from"].map((name) => chooser.elements.namedItem(name));
  const choose = () => {
    const l = Number(layer.value);
    from.disabled = kind.value !== "weight";
    [to.max, from.max] = [DATA.sizes[l], DATA.sizes[l - 1] ?? 1];
    const within = (field) => {
      const chosen = Math.min(Math.max(Math.round(field.valueAsNumber) || 1, 1), Number(field.max));
      if (!Number.isNaN(field.valueAsNumber)) field.value = String(chosen); // an empty field is being written
      return chosen - 1;
    };
    pointed.kept = true;
    pointAt(kind.value === "weight" ? {kind: "weight", l, i: within(to), j: within(from)} : {kind: kind.value, l, i: within(to)});
  };
  chooser.addEventListener("input", choose);
  chooser.addEventListener("submit", (event) => {
    event.preventDefault();
    choose();
  });
}
