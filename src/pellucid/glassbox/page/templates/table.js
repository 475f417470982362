// From the columns of the table to x, and from y_hat to the prediction in the target's own units.

/** x from the value of each column. */
function encode(columns, values, D_x) {
  const x = new Array(D_x).fill(0);
  columns.forEach((column, at) => {
    encodedColumn(column, values[at]).forEach((entry, i) => (x[column.features[i]] = entry));
  });
  return x;
}

/** The prediction in own units, or probabilities: both, where two classes have one y_hat. */
function predict(row, y_hat) {
  if (row === null) return y_hat;
  if (isBinary(row, y_hat)) return [1 - y_hat[0], y_hat[0]];
  const values = y_hat.map((value, d) => (row.transforms.length ? inOwnUnits(row.transforms[d], value)[0] : value));
  return inOrder(row, y_hat).map((d) => values[d]);
}

/** A prediction of numbers and its slope, dprediction/dŷ: the transform back, clipped, times the exposure. */
function inOwnUnits(transform, y_hat) {
  let [value, slope] = transformedBack(transform, y_hat);
  if (transform.limits !== null) {
    const [low, high] = transform.limits;
    if (value < low || value > high) [value, slope] = [value < low ? low : high, 0];
  }
  return [value * transform.factor, slope * transform.factor];
}

/** Without clipping and exposure. */
function transformedBack(transform, y_hat) {
  if (transform.kind === "quantile") return alongKnots(transform, y_hat);
  const moved = y_hat * transform.scale + transform.mean;
  return transform.kind === "log" ? [Math.exp(moved), Math.exp(moved) * transform.scale] : [moved, transform.scale];
}

/** The line through the knots, constant beyond them, and its slope to the right of y_hat. */
function alongKnots({knots, values}, y_hat) {
  const found = values.findIndex((value) => value > y_hat);
  if (found === 0 || found === -1) return [knots.at(found), 0];
  const slope = (knots[found] - knots[found - 1]) / (values[found] - values[found - 1]);
  return [knots[found - 1] + (y_hat - values[found - 1]) * slope, slope];
}

/** Which output stands in each place of the prediction: quantiles of one target that have crossed change places. */
function inOrder(row, y_hat) {
  const places = y_hat.map((_, d) => d);
  for (const outputs of row?.ordered ?? []) {
    const sorted = [...outputs].sort((a, b) => y_hat[a] - y_hat[b]);
    outputs.forEach((place, k) => (places[place] = sorted[k]));
  }
  return places;
}

function isBinary(row, y_hat) {
  return row !== null && row.output_names.length === 2 && y_hat.length === 1;
}

/** dprediction/dvalue of one column for each output; NaN for all but numbers, and where the value is missing. */
function columnSensitivity(row, column, value, dy_hat_dx, y_hat) {
  const n_outputs = row === null ? dy_hat_dx.length : row.output_names.length;
  const dz_dvalue = slopesOfColumn(column, value);
  if (!dz_dvalue.length) return new Array(n_outputs).fill(NaN);
  const dy_hat_dvalue = dy_hat_dx.map((of_x) => total(dz_dvalue.map((slope, i) => of_x[column.features[i]] * slope)));
  const moved = dy_hat_dvalue.map((slope, d) => slope * (row?.transforms.length ? inOwnUnits(row.transforms[d], y_hat[d])[1] : 1));
  return isBinary(row, dy_hat_dx) ? [-moved[0], moved[0]] : inOrder(row, y_hat).map((d) => moved[d]);
}
