// The beginning: the data of the page, the check of the page's own numbers against Python's, then everything else.

const AGREEMENT = 1e-9; // of the largest entry of the same array

/** Compute everything once more from x and compare it with what Python wrote into the page. */
function checkAgreement() {
  const element = document.getElementById("agreement");
  if (!DATA.computes) {
    element.dataset.largest = "";
    return;
  }
  const mine = computed(state.own.z[0]);
  const other = {...state.own};
  const sensitivity = (numbers) => DATA.columns.map((column) => columnSensitivity(DATA.row, column, column.value, numbers.dy_hat_dx, numbers.z.at(-1)));
  mine.x = encode(DATA.columns, state.values, DATA.sizes[0]);
  other.x = state.own.z[0];
  mine.sensitivity = sensitivity(mine);
  other.sensitivity = DATA.columns.map((column) => column.sensitivity);
  leaveOutSaturated(mine, other);
  const {largest, where, compared} = compareTrees(mine, other);
  element.dataset.largest = String(largest);
  element.dataset.where = where;
  const agrees = largest <= AGREEMENT;
  element.classList.toggle("disagrees", !agrees);
  if (!agrees) element.setAttribute("role", "alert");
  const worst = `the largest relative difference is ${largest === 0 ? "0" : short(largest, 2)}`;
  element.textContent = agrees
    ? `Checked when this page was opened: ${compared.toLocaleString("en")} numbers that Python wrote were computed again in the page, and ${worst}.`
    : `Do not trust the numbers of this page when inputs are changed: computed again in the page, ${where} differs from what Python wrote; ${worst}.`;
}

/** Near ŷ = 1 the factor 1 / (1 - ŷ) of the log loss has no digits left to agree in; dL_dh, made without it, has. */
function leaveOutSaturated(...trees) {
  const L = DATA.activations.length;
  const isLog = (_, i) => DATA.loss.losses ? DATA.loss.losses[DATA.target_of_output[i]].name === "log" : DATA.loss.name === "log";
  if (!DATA.loss || state.own.z[L].filter(isLog).every((y_hat) => y_hat < 1 - 1e-6)) return;
  for (const tree of trees) {
    delete tree.dL_dy_hat;
    tree.dL_dz = tree.dL_dz.slice(0, L);
  }
}

const DATA = JSON.parse(document.getElementById("data").textContent);
const NAMES = DATA.names;
DATA.columns.forEach((column) => (column.sensitivity = revived(column.sensitivity)));
(DATA.row?.transforms ?? []).forEach((transform) => {
  for (const name of ["mean", "scale", "factor", "limits", "knots", "values"]) if (name in transform) transform[name] = revived(transform[name]);
});

const own = revived(DATA.numbers);
const state = {own, numbers: own, values: DATA.columns.map((column) => column.value)};
const NETWORK = {activations: DATA.activations, W: own.W, c: own.c, target_of_output: DATA.target_of_output};
const LOSS = DATA.computes && DATA.loss ? makeLoss(DATA.loss, DATA.target_of_output) : null;

startStepper();
startPointing();
startWholes();
startInputs();
checkAgreement();
if (DATA.computes) {
  writeInputs();
  writePrediction();
}
// For a console, and for tests: the numbers as they are now.
window.pellucid = Object.freeze({data: DATA, numbers: () => state.numbers, relativeDifference, short, erfc});
