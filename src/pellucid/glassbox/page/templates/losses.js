// The losses of pellucid/mathematics/losses.py for one observation. Each has the loss of every target, its derivative by
// the prediction, and, where it is paired with an activation, the derivative by the last h, exact at any h.

/** sum, entry by entry. */
function total(values) {
  return values.reduce((sum, value) => sum + value, 0);
}

const LOSSES = {
  rss: {
    value: (y, h, y_hat) => y.map((target, d) => (target - y_hat[d]) ** 2),
    derivative: (y, y_hat) => y.map((target, d) => -2 * (target - y_hat[d])),
  },
  log: {
    value: (y, h) => y.map((target, d) => (1 - target) * softplus(h[d]) + target * softplus(-h[d])),
    derivative: (y, y_hat) => y.map((target, d) => -target / y_hat[d] + (1 - target) / (1 - y_hat[d])),
    dL_dh: (y, h) => y.map((target, d) => (1 - target) * logistic(h[d]) - target * logistic(-h[d])),
  },
  cross_entropy: {
    // With m_j = h_j - h_k the loss is log sum_j exp(m_j), whose own term is exp(0) = 1: taken out, a small loss is exact.
    value: ([k], h) => {
      const m = h.map((entry) => entry - h[k]);
      const shift = Math.max(...m, 0);
      const others = total(m.map((entry, j) => (j === k ? 0 : Math.exp(entry - shift))));
      return [shift === 0 ? Math.log1p(others) : shift + Math.log(Math.exp(-shift) + others)];
    },
    derivative: ([k], y_hat) => y_hat.map((p, j) => (j === k ? -1 / p : 0)),
    // P - 1 in place k is minus the sum of the others.
    dL_dh: ([k], h) => {
      const largest = Math.max(...h);
      const e = h.map((entry) => Math.exp(entry - largest));
      const sum = total(e);
      const others = total(e.filter((_, j) => j !== k));
      return e.map((entry, j) => (j === k ? -others / sum : entry / sum));
    },
  },
};

/** The target of each output: y itself, or the one-hot row of the class. */
function targetOfOutputs(loss, y, D_y) {
  return loss === "cross_entropy" ? Array.from({length: D_y}, (_, j) => (j === y[0] ? 1 : 0)) : y;
}
