// Forward and back for one observation, in float64 and in the names of pellucid/mathematics/observation.py; the numbers
// cited are its equations. Lists are indexed by layer: [l] is layer l, [0] the input.

/** row (D) times matrix (D, D'). */
function rowTimesMatrix(row, matrix) {
  return matrix[0].map((_, j) => total(row.map((entry, i) => entry * matrix[i][j])));
}

/** h = W z + c and z = f(h). */
function propagateForward(network, x) {
  const h = [null];
  const z = [x];
  network.activations.forEach((name, at) => {
    const l = at + 1;
    h.push(network.W[l].map((weights, i) => total(weights.map((w, j) => w * z[l - 1][j])) + network.c[l][i]));
    z.push(activate(name, h[l]));
  });
  return {h, z};
}

/** dy_hat_dx (D_y, D_x): one way back for each output, without the loss. */
function sensitivities(network, slope, z) {
  const L = network.activations.length;
  const last = network.activations[L - 1] === "softmax" ? softmaxJacobian(z[L]) : null;
  return z[L].map((_, d) => {
    let row = last ? last[d] : z[L].map((__, i) => (i === d ? slope[L][d] : 0));
    for (let l = L; l >= 1; l--) {
      row = rowTimesMatrix(row, network.W[l]);
      if (l > 1) row = row.map((entry, i) => entry * slope[l - 1][i]);
    }
    return row;
  });
}

/** Everything that one observation makes, as a tree of numbers; y null for the way forward only. */
function propagate(network, x, y, loss) {
  const L = network.activations.length;
  const {h, z} = propagateForward(network, x);
  const slope = h.map((h_l, l) => (l === 0 ? null : slopes(network.activations[l - 1], h_l)));
  const made = {W: network.W, c: network.c, h, z, slope, dy_hat_dx: sensitivities(network, slope, z)};
  const nothing = () => h.map(() => null);
  Object.assign(made, {dL_dz: nothing(), dL_dh: nothing(), dL_dW: nothing(), dL_dc: nothing()});
  const full = network.activations[L - 1] === "softmax";
  if (full) made.dz_dh = softmaxJacobian(z[L]);
  if (y === null) return made;

  const present = y.map((target) => !Number.isNaN(target));
  const filled = y.map((target, d) => (present[d] ? target : 1)); // 1 is in the domain of every loss
  const counts = (row) => row.map((entry, i) => (present[network.target_of_output[i]] ? entry : 0));
  made.y = y;
  made.y_row = loss.targets(y, z[L].length);
  made.losses = loss.value(filled, h[L], z[L]).map((value, d) => (present[d] ? value : NaN));
  made.dL_dy_hat = counts(loss.derivative(filled, z[L]));
  made.dL_dz[L] = made.dL_dy_hat;
  made.dL_dh[L] = counts(loss.dL_dh(filled, h[L], z[L], slope[L])); // (1)
  for (let l = L; l >= 1; l--) {
    made.dL_dW[l] = made.dL_dh[l].map((entry) => z[l - 1].map((z_j) => entry * z_j)); // (2)
    made.dL_dc[l] = made.dL_dh[l]; // (3)
    made.dL_dz[l - 1] = rowTimesMatrix(made.dL_dh[l], network.W[l]); // (4)
    if (l > 1) made.dL_dh[l - 1] = made.dL_dz[l - 1].map((entry, i) => entry * slope[l - 1][i]); // (5)
  }
  return made;
}

/** The first step of a solver, for one entry of the gradient: pellucid/mathematics/updates.py. */
function firstStep(solver, g) {
  if (solver.name === "gd") return -solver.learning_rate * g;
  if (solver.name === "sgd") {
    const velocity = -solver.learning_rate * g;
    return solver.nesterov ? solver.momentum * velocity - solver.learning_rate * g : velocity;
  }
  if (solver.name === "rmsprop") {
    return (-solver.learning_rate * g) / (Math.sqrt((1 - solver.rho) * g * g) + solver.epsilon);
  }
  const m_hat = ((1 - solver.beta_1) * g) / (1 - solver.beta_1);
  const v_hat = ((1 - solver.beta_2) * g * g) / (1 - solver.beta_2);
  return (-solver.learning_rate * m_hat) / (Math.sqrt(v_hat) + solver.epsilon);
}

/** The loss summed over the targets that are present. */
function totalLoss(losses) {
  return total(losses.filter((value) => !Number.isNaN(value)));
}

/** theta + step, and J before and after; `made` is a tree that `propagate` made. */
function makeStep(network, made, y, loss, solver) {
  const squares = (entry) => (Array.isArray(entry) ? total(entry.map(squares)) : entry === null ? 0 : entry * entry);
  const norm = Math.sqrt(squares([made.dL_dW, made.dL_dc]));
  const clipped = solver.clip_norm ? solver.clip_norm / Math.max(norm, solver.clip_norm) : 1;
  const deep = (entry) =>
    Array.isArray(entry) ? entry.map(deep) : entry === null ? null : firstStep(solver, clipped * entry);
  const decay = solver.learning_rate * (solver.weight_decay ?? 0);
  const decayed = (step, W) =>
    Array.isArray(step) ? step.map((entry, i) => decayed(entry, W[i])) : step === null ? null : step - decay * W;
  const added = (a, b) => (Array.isArray(a) ? a.map((entry, i) => added(entry, b[i])) : a === null ? null : a + b);
  const step = {step_W: decayed(deep(made.dL_dW), network.W), step_c: deep(made.dL_dc)};
  step.new_W = added(network.W, step.step_W);
  step.new_c = added(network.c, step.step_c);
  step.J_before = totalLoss(made.losses);
  const after = propagate({...network, W: step.new_W, c: step.new_c}, made.z[0], y, loss);
  step.J_after = totalLoss(after.losses);
  return step;
}
