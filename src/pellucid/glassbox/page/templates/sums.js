// The sums of the chain rule for one neuron, weight or intercept, with their numbers, as MathML. Only numbers and the
// symbols below are put into markup here: no text of the user's.

const MOST_TERMS = 5;

const mn = (value) => `<mn>${short(value)}</mn>`;
const inBrackets = (value) => `<mrow><mo>(</mo>${mn(value)}<mo>)</mo></mrow>`;
const mo = (sign) => `<mo>${sign}</mo>`;

/** A letter with its layer above and its indices, from 1, below. */
function symbol(letter, l, ...index) {
  const base = letter === "y_hat" ? "<mover><mi>y</mi><mo>^</mo></mover>" : `<mi>${letter}</mi>`;
  const below = `<mrow>${index.map((i) => (typeof i === "number" ? `<mn>${i + 1}</mn>` : `<mi>${i}</mi>`)).join("<mo>,</mo>")}</mrow>`;
  if (l === null) return index.length ? `<msub>${base}${below}</msub>` : base;
  const above = `<mrow><mo>(</mo><mn>${l}</mn><mo>)</mo></mrow>`;
  return index.length ? `<msubsup>${base}${below}${above}</msubsup>` : `<msup>${base}${above}</msup>`;
}

const fraction = (of, by) => `<mfrac><mrow><mi>∂</mi>${of}</mrow><mrow><mi>∂</mi>${by}</mrow></mfrac>`;
const L_by = (...by) => fraction("<mi>L</mi>", symbol(...by));
const sumOver = (index, inside) => `<mrow><munder><mo>∑</mo><mi>${index}</mi></munder>${inside}</mrow>`;
const formula = (...parts) => `<math display="block"><mrow>${parts.join("")}</mrow></math>`;
const result = (value) => `<mrow class="result">${mn(value)}</mrow>`;

/** (a)(b) + (c)(d) + ..., shortened where it is long; the term `emphasis` is always shown. */
function writtenSum(pairs, emphasis = 0) {
  let kept = pairs.map((_, i) => i);
  if (pairs.length > MOST_TERMS) kept = kept.filter((i) => i < 2 || i === emphasis || i === pairs.length - 1);
  return kept
    .map((i, place) => {
      const gap = place > 0 && kept[place - 1] !== i - 1 ? mo("⋯") + mo("+") : "";
      return (place ? mo("+") : "") + gap + inBrackets(pairs[i][0]) + inBrackets(pairs[i][1]);
    })
    .join("");
}

/** dL/dW_ij = sum_k dL/dh_k · dh_k/dW_ij: every h but h_i stays where it is. */
function sumOfWeight({l, i, j}, n) {
  if (!n.dL_dh[l]) return [];
  const pairs = n.dL_dh[l].map((entry, k) => [entry, k === i ? n.z[l - 1][j] : 0]);
  const inside = L_by("h", l, "k") + mo("·") + fraction(symbol("h", l, "k"), symbol("W", l, i, j));
  return [formula(L_by("W", l, i, j), mo("="), sumOver("k", inside), mo("="), writtenSum(pairs, i), mo("="), result(n.dL_dh[l][i] * n.z[l - 1][j]))];
}

/** dL/dc_i = sum_k dL/dh_k · dh_k/dc_i. */
function sumOfIntercept({l, i}, n) {
  if (!n.dL_dh[l]) return [];
  const pairs = n.dL_dh[l].map((entry, k) => [entry, k === i ? 1 : 0]);
  const inside = L_by("h", l, "k") + mo("·") + fraction(symbol("h", l, "k"), symbol("c", l, i));
  return [formula(L_by("c", l, i), mo("="), sumOver("k", inside), mo("="), writtenSum(pairs, i), mo("="), result(n.dL_dh[l][i]))];
}

/** How a neuron's h and z are made. */
function forwardSums({l, i}, n) {
  if (l === 0 || !n.W) return [];
  const name = activationOf(DATA.activations[l - 1], i);
  const pairs = n.W[l][i].map((w, j) => [w, n.z[l - 1][j]]);
  const linear = formula(symbol("h", l, i), mo("="), writtenSum(pairs), mo("+"), inBrackets(n.c[l][i]), mo("="), result(n.h[l][i]));
  const bent = formula(symbol("z", l, i), mo("="), `<mtext>${name.replace("_", " ")} </mtext>`, inBrackets(n.h[l][i]), mo("="), result(n.z[l][i]));
  return [linear, bent];
}

/** dL/dz_j = sum_i dL/dh_i · W_ij of the layer above; then dL/dh_j, through the neuron's own slope. */
function backwardSums({l, i}, n) {
  const L = DATA.activations.length;
  if (!n.dL_dh[L]) return [];
  const made = [];
  if (l < L && n.W) {
    const pairs = n.dL_dh[l + 1].map((entry, k) => [entry, n.W[l + 1][k][i]]);
    const inside = L_by("h", l + 1, "k") + mo("·") + fraction(symbol("h", l + 1, "k"), symbol("z", l, i));
    made.push(formula(L_by("z", l, i), mo("="), sumOver("k", inside), mo("="), writtenSum(pairs), mo("="), result(n.dL_dz[l][i])));
  }
  if (l > 0 && l < L) {
    made.push(
      formula(L_by("h", l, i), mo("="), L_by("z", l, i), mo("·"), fraction(symbol("z", l, i), symbol("h", l, i)), mo("="),
        inBrackets(n.dL_dz[l][i]), inBrackets(n.slope[l][i]), mo("="), result(n.dL_dh[l][i])),
    );
  }
  if (l === L) made.push(...sumsOfOutput(i, L, n));
  return made;
}

const power = (base, exponent) => `<msup>${base}<mrow>${exponent}</mrow></msup>`;
const quotient = (above, below) => `<mfrac><mrow>${above}</mrow><mrow>${below}</mrow></mfrac>`;
const difference = (y, y_hat) => `<mrow>${y_hat}${mo("−")}${y}</mrow>`;
const twice = (inside) => mn(2) + mo("(") + inside + mo(")");

/** dL/dh of the losses that are paired with an activation, of the symbols of y and y_hat or of their numbers. */
const PAIRED = {
  log: difference,
  cross_entropy: difference,
  poisson: (y, y_hat) => twice(difference(y, y_hat)),
  gamma: (y, y_hat) => twice(mn(1) + mo("−") + quotient(y, y_hat)),
  tweedie: (y, y_hat, {power: p}) => twice(difference(y, y_hat)) + power(y_hat, mn(1 - p)),
};

/** dL/dh_j = sum_i dL/dy_hat_i · dy_hat_i/dh_j, and the one block of a paired loss. */
function sumsOfOutput(j, L, n) {
  const made = [];
  if (Number.isFinite(n.dL_dy_hat[j])) {
    const jacobian = n.dz_dh ?? n.slope[L].map((slope, i) => n.slope[L].map((_, k) => (i === k ? slope : 0)));
    const pairs = n.dL_dy_hat.map((entry, i) => [entry, jacobian[i][j]]);
    const inside = L_by("y_hat", null, "k") + mo("·") + fraction(symbol("y_hat", null, "k"), symbol("h", L, j));
    made.push(formula(L_by("h", L, j), mo("="), sumOver("k", inside), mo("="), writtenSum(pairs, j), mo("="), result(n.dL_dh[L][j])));
  }
  const target = DATA.target_of_output[j];
  const {name, parameters} = DATA.loss.losses?.[target] ?? DATA.loss;
  if (PAIRED[name] && DATA.computes && !Number.isNaN(n.y_row[j])) {
    const y = symbol("y", null, name === "cross_entropy" ? j : target);
    made.push(formula(L_by("h", L, j), mo("="), PAIRED[name](y, symbol("y_hat", null, j), parameters), mo("="),
      PAIRED[name](inBrackets(n.y_row[j]), inBrackets(n.z[L][j]), parameters), mo("="), result(n.dL_dh[L][j])));
  }
  return made;
}
