// The neuron diagram: which numbers stand in its circles at each step, and what is marked.

const diagram = document.querySelector("#diagram svg");

/** What the circles of each layer hold at a step: the newest numbers that the way has made there. */
function shownInLayers(stage, L) {
  const [, name, layer] = /^(x|h|z|loss|dL_dy_hat|dL_dh|dL_dW|dL_dc|dL_dz|update)(\d*)$/.exec(stage);
  const l = Number(layer);
  return Array.from({length: L + 1}, (_, at) => {
    if (name === "x") return at === 0 ? "z" : null;
    if (name === "h") return at < l ? "z" : at === l ? "h" : null;
    if (name === "z") return at <= l ? "z" : null;
    if (name === "loss") return "z";
    if (name === "dL_dy_hat") return at === L ? "dL_dz" : "z";
    if (name === "update") return at === 0 ? "dL_dz" : "dL_dh";
    if (name === "dL_dz" && at === l) return "dL_dz";
    return at >= l && at > 0 ? "dL_dh" : "z";
  });
}

/** The layer whose lines are at work at a step, and whether they show W or its gradient. */
function linesAtWork(stage) {
  const [, name, layer] = /^([A-Za-z_]+?)(\d*)$/.exec(stage);
  if (name === "h") return {layer: Number(layer), of: "W"};
  if (name === "dL_dW") return {layer: Number(layer), of: "dL_dW"};
  if (name === "dL_dz") return {layer: Number(layer) + 1, of: "W"};
  return {layer: null, of: null};
}

const IN_WORDS = {z: "z", h: "h", dL_dz: "∂L/∂z", dL_dh: "∂L/∂h"};

/** Write this step's numbers into the circles, mark the layer, and say below what the circles hold. */
function drawStage(stage, layer, numbers) {
  if (!diagram) return;
  const L = DATA.activations.length;
  const shown = shownInLayers(stage, L);
  for (const text of diagram.querySelectorAll("text.value")) {
    const name = shown[text.dataset.layer];
    const value = name === null ? undefined : numbers[name]?.[text.dataset.layer]?.[text.dataset.unit];
    text.textContent = value === undefined ? "" : short(value, 3);
    text.setAttribute("font-size", text.textContent.length <= 5 ? 11.5 : text.textContent.length === 6 ? 10.5 : 8.5);
    text.classList.toggle("going-back", name?.startsWith("dL_") ?? false);
  }
  for (const label of diagram.querySelectorAll("text.label")) {
    const own = (label.ownParts ??= [...label.childNodes]);
    const name = shown[label.dataset.layer];
    if (name === null || name === "z") label.replaceChildren(...own);
    else label.textContent = IN_WORDS[name];
  }
  for (const group of diagram.querySelectorAll("g.layer")) {
    const at = Number(group.dataset.layer);
    group.classList.toggle("current", at === layer);
    group.classList.toggle("not-yet", shown[at] === null);
    if (at === layer) keepInView(group.querySelector(".heading"), document.getElementById("diagram"));
  }
  drawLines(linesAtWork(stage), numbers);
  document.getElementById("diagram-words").textContent = circlesInWords(shown);
}

/** The lines at work are strong; at the step of dL_dW they show the gradient instead of the weight. */
function drawLines({layer, of}, numbers) {
  const gradient = of === "dL_dW" ? numbers.dL_dW?.[layer] : null;
  const largest = gradient ? Math.max(...flattened(gradient).map(Math.abs)) : 0;
  for (const line of diagram.querySelectorAll("line.weight")) {
    const own = (line.ownClass ??= line.getAttribute("class"));
    const atWork = Number(line.dataset.layer) === layer;
    const value = atWork && gradient ? gradient[line.dataset.to][line.dataset.from] : undefined;
    const sign = value > 0 ? "positive" : value < 0 ? "negative" : "zero";
    line.setAttribute("class", value === undefined ? own : `weight ${sign}`);
    line.style.strokeWidth = value === undefined ? "" : String(0.6 + (largest > 0 ? 3.6 * Math.abs(value) / largest : 0));
    line.style.strokeOpacity = value === undefined ? "" : String(0.28 + (largest > 0 ? 0.67 * Math.abs(value) / largest : 0));
    line.classList.toggle("at-work", atWork);
  }
  diagram.classList.toggle("lines-at-work", layer !== null);
}

/** "z in layers 0 to 1, ∂L/∂h in layer 2". */
function circlesInWords(shown) {
  const runs = [];
  shown.forEach((name, l) => {
    if (name === null) return;
    if (runs.length && runs.at(-1).name === name) runs.at(-1).last = l;
    else runs.push({name, first: l, last: l});
  });
  const layers = ({first, last}) => (first === last ? (first === 0 ? "the input" : `layer ${first}`) : `layers ${first} to ${last}`);
  const gradient = document.querySelector(".stage.current")?.dataset.stage?.startsWith("dL_dW") && DATA.computes;
  return "In the circles: " + runs.map((run) => `${IN_WORDS[run.name]} in ${layers(run)}`).join(", ") +
    (gradient ? ". The strong lines: ∂L/∂W." : ".");
}
