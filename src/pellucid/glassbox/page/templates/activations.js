// The activations of pellucid/mathematics/activations/, entry by entry in float64: value z = f(h) and slope dz/dh.

/** 1 / (1 + exp(-h)) without overflow. */
function logistic(h) {
  const e = Math.exp(-Math.abs(h));
  return h >= 0 ? 1 / (1 + e) : e / (1 + e);
}

/** log(1 + exp(h)) without overflow. */
function softplus(h) {
  return Math.max(h, 0) + Math.log1p(Math.exp(-Math.abs(h)));
}

// W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of Computation 23 (1969),
// 631-637, with the coefficients of his CALERF in SPECFUN: full double precision on each of three intervals.
const ERF_SMALL = [
  [1.85777706184603153e-1, 3.1611237438705656, 1.13864154151050156e2, 3.77485237685302021e2, 3.20937758913846947e3],
  [1, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3],
];
const ERFC_MIDDLE = [
  [
    2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1, 2.98635138197400131e2,
    8.8195222124176909e2, 1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3,
  ],
  [
    1, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
    3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3,
  ],
];
const ERFC_LARGE = [
  [
    1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
    1.60837851487422766e-2, 6.58749161529837803e-4,
  ],
  [
    1, 2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1, 6.05183413124413191e-2,
    2.33520497626869185e-3,
  ],
];

/** A quotient of two polynomials, highest powers first. */
function rational([above, below], x) {
  const polynomial = (coefficients) => coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
  return polynomial(above) / polynomial(below);
}

/** The complementary error function. */
function erfc(x) {
  const y = Math.abs(x);
  if (Number.isNaN(x)) return NaN;
  if (y <= 0.46875) return 1 - x * rational(ERF_SMALL, y * y);
  let tail = 0;
  if (y < 27.3) {
    // exp(-y²) as a product: y² is rounded only where it is small, so the relative precision is kept.
    const rounded = Math.trunc(y * 16) / 16;
    const gauss = Math.exp(-rounded * rounded) * Math.exp(-(y - rounded) * (y + rounded));
    const inverse = 1 / (y * y);
    const factor = y <= 4 ? rational(ERFC_MIDDLE, y) : (1 / Math.sqrt(Math.PI) - inverse * rational(ERFC_LARGE, inverse)) / y;
    tail = gauss * factor;
  }
  return x < 0 ? 2 - tail : tail;
}

/** Phi, the distribution function of the normal distribution. */
function normal(h) {
  return 0.5 * erfc(-h * Math.SQRT1_2);
}

/** tanh(log(1 + exp(h))) without overflow. */
function mishGate(h) {
  const e = Math.exp(-Math.abs(h));
  return h > 0 ? (1 + 2 * e) / (1 + 2 * e + 2 * e * e) : (e * (2 + e)) / (2 + 2 * e + e * e);
}

const LEAKY_SLOPE = 0.01;
const SELU_ALPHA = 1.6732632423543772848;
const SELU_SCALE = 1.0507009873554804934;

const ACTIVATIONS = {
  linear: {value: (h) => h, slope: () => 1},
  relu: {value: (h) => Math.max(h, 0), slope: (h) => (h > 0 ? 1 : 0)},
  leaky_relu: {value: (h) => (h > 0 ? h : LEAKY_SLOPE * h), slope: (h) => (h > 0 ? 1 : LEAKY_SLOPE)},
  elu: {value: (h) => (h > 0 ? h : Math.expm1(Math.min(h, 0))), slope: (h) => Math.exp(Math.min(h, 0))},
  sigmoid: {value: logistic, slope: (h) => logistic(h) * logistic(-h)},
  tanh: {value: Math.tanh, slope: (h) => 4 * logistic(2 * h) * logistic(-2 * h)},
  softplus: {value: softplus, slope: logistic},
  gelu: {
    value: (h) => h * normal(h),
    slope: (h) => {
      const bounded = Math.min(Math.max(h, -40), 40);
      return normal(h) + (bounded * Math.exp(-0.5 * bounded * bounded)) / Math.sqrt(2 * Math.PI);
    },
  },
  silu: {value: (h) => h * logistic(h), slope: (h) => logistic(h) * (1 + h * logistic(-h))},
  selu: {
    value: (h) => SELU_SCALE * (h > 0 ? h : SELU_ALPHA * Math.expm1(Math.min(h, 0))),
    slope: (h) => SELU_SCALE * (h > 0 ? 1 : SELU_ALPHA * Math.exp(Math.min(h, 0))),
  },
  mish: {
    value: (h) => h * mishGate(h),
    slope: (h) => {
      const e = Math.exp(-Math.abs(h));
      const part = h > 0 ? (e * e) / ((1 + 2 * e) * (1 + 2 * e + 2 * e * e)) : 1 / ((2 + e) * (2 + 2 * e + e * e));
      return mishGate(h) * (1 + h * 4 * (1 + e) * part);
    },
  },
  exponential: {value: Math.exp, slope: Math.exp},
};

/** exp(h_i) / sum_j exp(h_j): the only activation that is not entry by entry. */
function softmax(h) {
  const largest = Math.max(...h);
  const e = h.map((entry) => Math.exp(entry - largest));
  const total = e.reduce((sum, entry) => sum + entry, 0);
  return e.map((entry) => entry / total);
}

/** The activation of neuron i: a layer has one, or, the last, a list with one for each output. */
function activationOf(name, i) {
  return Array.isArray(name) ? name[i] : name;
}

/** z of a whole layer. */
function activate(name, h) {
  return name === "softmax" ? softmax(h) : h.map((entry, i) => ACTIVATIONS[activationOf(name, i)].value(entry));
}

/** dz_dh (D, D) of softmax: diag(z) - z zᵀ, with 1 - z_i as the sum of the others, which is exact where z_i is 1. */
function softmaxJacobian(z) {
  const others = z.map((_, i) => z.reduce((sum, z_j, j) => (j === i ? sum : sum + z_j), 0));
  return z.map((z_i, i) => z.map((z_j, j) => (i === j ? z_i * others[i] : -z_i * z_j)));
}

/** The diagonal of dz_dh. */
function slopes(name, h) {
  if (name === "softmax") return softmaxJacobian(softmax(h)).map((line, i) => line[i]);
  return h.map((entry, i) => ACTIVATIONS[activationOf(name, i)].slope(entry));
}
