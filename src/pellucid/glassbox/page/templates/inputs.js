// The table of inputs: changing a value computes everything again, forward and back.

/** Compute all numbers at the current values. At the row's own values they are Python's, to rounding. */
function computed(x) {
  const own = state.own;
  const made = propagate(NETWORK, x, own.y ?? null, LOSS);
  if (DATA.solver) Object.assign(made, makeStep(NETWORK, made, own.y, LOSS, DATA.solver));
  else if (own.step_W) for (const name of ["step_W", "step_c", "new_W", "new_c", "J_before", "J_after"]) made[name] = own[name];
  if (DATA.row) made.prediction = predict(DATA.row, made.z.at(-1));
  return made;
}

/** Everything again, and every number in the page. */
function recompute() {
  state.numbers = computed(encode(DATA.columns, state.values, DATA.sizes[0]));
  writeNumbers(document, state.numbers);
  drawStage(stages[stepper.current].dataset.stage, Number(stages[stepper.current].dataset.layer), state.numbers);
  writeInputs();
  writePrediction();
  markPointed();
  writePointed();
}

/** Whether the values are those of the row. */
function areOwn() {
  return DATA.columns.every((column, at) => Object.is(column.value, state.values[at]));
}

/** The encoded values and the sensitivities of the chosen output. */
function writeInputs() {
  const output = Number(document.getElementById("output")?.value ?? 0);
  const moves = DATA.columns.map((column, at) => columnSensitivity(DATA.row, column, state.values[at], state.numbers.dy_hat_dx, state.numbers.z.at(-1))[output]);
  const perDeviation = moves.map((move, at) => move * DATA.columns[at].spread);
  const largest = Math.max(0, ...perDeviation.filter(Number.isFinite).map(Math.abs));
  DATA.columns.forEach((column, at) => {
    const line = document.querySelector(`#inputs tr[data-column="${at}"]`);
    line.querySelector(".entries").textContent = entriesInWords(column, state.values[at], state.numbers.z[0]);
    const cell = line.querySelector(".sensitivity");
    cell.textContent = Number.isNaN(moves[at]) ? "–" : short(moves[at]);
    cell.dataset.value = String(moves[at]);
    colourCell(cell, perDeviation[at], largest);
    line.classList.toggle("changed", !Object.is(column.value, state.values[at]));
  });
}

/** The prediction at the current values, in words beside the row's own. */
function writePrediction() {
  const own = areOwn();
  document.body.classList.toggle("changed", !own);
  document.getElementById("own-values").disabled = own;
  const values = state.numbers.prediction ?? state.numbers.z.at(-1);
  const cells = document.querySelectorAll("[data-output]");
  cells.forEach((cell) => {
    const value = values[Number(cell.dataset.output)];
    cell.textContent = short(value);
    cell.dataset.value = String(value);
  });
  const loss = document.getElementById("total-loss");
  if (loss) writeNumber(loss, totalLoss(state.numbers.losses));
  document.getElementById("status").textContent = own
    ? "The inputs have the row's own values."
    : "Inputs were changed: the numbers of this page are computed again, here, for the changed values" +
      (state.numbers.J_after !== undefined && state.numbers.J_after === state.own.J_after
        ? "; the step and J, which the penalties and target weights of the model are part of, stay those of the row."
        : ".");
}

/** Take over a value, and show it in the other controls of its column. */
function change(at, value, from) {
  state.values[at] = value;
  const line = document.querySelector(`#inputs tr[data-column="${at}"]`);
  const [slider, field, date, missing] = ["slider", "field", "date", "missing"].map((name) => line.querySelector(`.${name}`));
  for (const control of [slider, field, date]) {
    if (control) control.disabled = value === null;
    if (control && control !== date && control !== from && value !== null) control.value = String(value);
  }
  if (date && from === null) date.value = date.defaultValue;
  if (missing && missing !== from) missing.checked = value === null;
}

let waiting = 0;

/** The value of a list's option: texts are taken from the data, since HTML changes line ends in attributes. */
function chosenValue(column, {dataset}) {
  if (dataset.kind === "missing") return null;
  if (dataset.kind === "truth") return dataset.truth === "true";
  if (dataset.kind === "unseen") return dataset.own === undefined ? UNSEEN : column.value;
  return column.encoding[dataset.kind][Number(dataset.place)];
}

/** What a control says of its column; NaN or "" for what is still being written. */
function valueOf(control, column) {
  if (control.tagName === "SELECT") return chosenValue(column, control.selectedOptions[0]);
  const isMissing = control.classList.contains("missing");
  if (isMissing && control.checked) return null;
  const field = control.closest("td").querySelector(column.kind === "date" ? ".date" : ".field");
  if (column.kind !== "date") return isMissing ? field.valueAsNumber || 0 : control.valueAsNumber;
  // The field holds the row's own date to the millisecond only.
  return field.value === field.defaultValue && column.value !== null ? column.value : field.value;
}

function startInputs() {
  const table = document.getElementById("inputs");
  document.getElementById("output")?.addEventListener("change", writeInputs);
  if (!DATA.computes) return;
  document.documentElement.classList.add("computing");
  table.addEventListener("input", (event) => {
    const control = event.target;
    const at = Number(control.closest("tr")?.dataset.column);
    if (Number.isNaN(at)) return;
    const value = valueOf(control, DATA.columns[at]);
    if (Number.isNaN(value) || value === "") return;
    // A slider's own number has more digits than anyone sees: what is shown is what is computed with.
    change(at, control.classList.contains("slider") ? Number(value.toPrecision(6)) : value, control);
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(recompute);
  });
  document.getElementById("own-values").addEventListener("click", () => {
    DATA.columns.forEach((column, at) => {
      change(at, column.value, null);
      const list = table.querySelector(`tr[data-column="${at}"] select`);
      if (list) list.selectedIndex = [...list.options].findIndex((option) => option.defaultSelected);
    });
    recompute();
  });
}
