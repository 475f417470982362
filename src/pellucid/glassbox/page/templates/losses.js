// The losses of pellucid/mathematics/losses/ for one observation, made of their parameters. Each has the loss of every
// target, its derivative by the prediction, and dL_dh, the derivative by the last h: for a loss that is paired with its
// activation it is computed from h, and exact at any h.

/** sum, entry by entry. */
function total(values) {
  return values.reduce((sum, value) => sum + value, 0);
}

/** A loss with one output for each target, from its value and slope at one of them; dL_dh is the product of two. */
function unpaired(value, slope) {
  return {
    value: (y, h, y_hat) => y.map((target, d) => value(target, y_hat[d])),
    derivative: (y, y_hat) => y.map((target, d) => slope(target, y_hat[d])),
    dL_dh: (y, h, y_hat, slopes) => y.map((target, d) => slope(target, y_hat[d]) * slopes[d]),
    targets: (y) => y,
  };
}

/** A pair of loss and activation: value and dL_dh are of h, the slope of y_hat. */
function paired(value, slope, dL_dh, label = (target) => target) {
  return {
    value: (y, h) => y.map((target, d) => value(label(target), h[d])),
    derivative: (y, y_hat) => y.map((target, d) => slope(label(target), y_hat[d])),
    dL_dh: (y, h) => y.map((target, d) => dL_dh(label(target), h[d])),
    targets: (y) => y.map(label),
  };
}

/** scale (exp(a u) - 1) / a, and its limit scale u for a = 0; the exponent is a u + log scale. */
function growth(a, u, scale, exponent) {
  if (a === 0) return scale * u;
  return (a * u > 1 ? Math.exp(exponent) - scale : scale * Math.expm1(a * u)) / a;
}

/** The unit deviance of the power p, under the log link: Poisson 1, gamma 2, Tweedie between. */
function logLink({power: p}) {
  const value = (y, h) => {
    const [a, b] = [2 - p, 1 - p];
    if (p < 2 && !(y > 0)) return (2 * Math.exp(a * h)) / a;
    const [u, scale] = [h - Math.log(y), y ** a];
    return 2 * (growth(a, u, scale, a * h) - growth(b, u, scale, b * h + Math.log(y)));
  };
  const dL_dh = (y, h) => 2 * (Math.exp((2 - p) * h) - (y > 0 ? y * Math.exp((1 - p) * h) : 0));
  return paired(value, (y, y_hat) => (2 * (y_hat - y)) / y_hat ** p, dL_dh);
}

/** The pinball loss: an output for each q of each target. */
function quantile({q}) {
  const pull = (residual, k) => (residual < 0 ? -q[k] : residual > 0 ? 1 - q[k] : 0);
  const targets = (y) => y.flatMap((target) => q.map(() => target));
  const derivative = (y, y_hat) => targets(y).map((target, i) => pull(y_hat[i] - target, i % q.length));
  return {
    targets,
    derivative,
    value: (y, h, y_hat) => y.map((target, d) => total(q.map((_, k) => {
      const residual = y_hat[d * q.length + k] - target;
      return pull(residual, k) * residual;
    }))),
    dL_dh: (y, h, y_hat, slopes) => derivative(y, y_hat).map((entry, i) => entry * slopes[i]),
  };
}

/** One class of several: y holds its number. */
function crossEntropy({label_smoothing: s}) {
  const targets = ([k], D_y) => Array.from({length: D_y}, (_, j) => (1 - s) * (j === k ? 1 : 0) + s / D_y);
  return {
    targets,
    // With m_j = h_j - h_k the loss is log sum_j exp(m_j), whose own term is exp(0) = 1: taken out, a small loss is exact.
    value: ([k], h) => {
      const m = h.map((entry) => entry - h[k]);
      const shift = Math.max(...m, 0);
      const others = total(m.map((entry, j) => (j === k ? 0 : Math.exp(entry - shift))));
      const value = shift === 0 ? Math.log1p(others) : shift + Math.log(Math.exp(-shift) + others);
      return [s === 0 ? value : value - (s * total(m)) / m.length];
    },
    derivative: (y, y_hat) => {
      const row = targets(y, y_hat.length);
      return y_hat.map((p, j) => (row[j] === 0 ? 0 : -row[j] / p));
    },
    // P - 1 in place k is minus the sum of the others.
    dL_dh: (y, h) => {
      const largest = Math.max(...h);
      const e = h.map((entry) => Math.exp(entry - largest));
      const sum = total(e);
      const row = targets(y, h.length);
      if (s !== 0) return e.map((entry, j) => entry / sum - row[j]);
      const others = total(e.filter((_, j) => j !== y[0]));
      return e.map((entry, j) => (j === y[0] ? -others / sum : entry / sum));
    },
  };
}

/** A loss for each target; `owner` says to which of them each output belongs. */
function perTarget({losses}, owner) {
  const parts = losses.map((loss) => makeLoss(loss));
  const own = (row, d) => row.filter((_, i) => owner[i] === d);
  return {
    value: (y, h, y_hat) => parts.flatMap((part, d) => part.value([y[d]], own(h, d), own(y_hat, d))),
    derivative: (y, y_hat) => parts.flatMap((part, d) => part.derivative([y[d]], own(y_hat, d))),
    dL_dh: (y, h, y_hat, slopes) => parts.flatMap((part, d) => part.dL_dh([y[d]], own(h, d), own(y_hat, d), own(slopes, d))),
    targets: (y, D_y) => parts.flatMap((part, d) => part.targets([y[d]], D_y)),
  };
}

const LOSSES = {
  rss: () => unpaired((y, y_hat) => (y - y_hat) ** 2, (y, y_hat) => -2 * (y - y_hat)),
  absolute: () => unpaired((y, y_hat) => Math.abs(y - y_hat), (y, y_hat) => Math.sign(y_hat - y)),
  huber: ({delta}) => unpaired(
    (y, y_hat) => {
      const size = Math.abs(y_hat - y);
      const bounded = Math.min(size, delta);
      return bounded * (size + (size - bounded));
    },
    (y, y_hat) => 2 * Math.min(Math.max(y_hat - y, -delta), delta),
  ),
  quantile,
  poisson: () => logLink({power: 1}),
  gamma: () => logLink({power: 2}),
  tweedie: logLink,
  log: ({label_smoothing: s}) => paired(
    (y, h) => (1 - y) * softplus(h) + y * softplus(-h),
    (y, y_hat) => -y / y_hat + (1 - y) / (1 - y_hat),
    (y, h) => (1 - y) * logistic(h) - y * logistic(-h),
    (label) => (s === 0 ? label : (1 - s) * label + s / 2),
  ),
  cross_entropy: crossEntropy,
};

/** A loss from its description: its name, its parameters and, where there is one for each target, its parts. */
function makeLoss(description, owner) {
  return description.losses ? perTarget(description, owner) : LOSSES[description.name](description.parameters);
}
