// Large matrices: an equation shows them folded; opened, all their entries are written into a table.

/** Fill one <details> with the whole array that it names. */
function writeWhole(details) {
  const place = details.querySelector(".whole");
  const array = find(state.numbers, details.dataset.whole);
  if (!array || place.firstChild) return;
  const rows = Array.isArray(array[0]) ? array : array.map((entry) => [entry]);
  const table = document.createElement("table");
  table.className = "matrix";
  const head = table.createTHead().insertRow();
  head.append(document.createElement("td"), ...rows[0].map((_, j) => heading(j + 1, "col")));
  const body = table.createTBody();
  rows.forEach((row, i) => {
    const line = body.insertRow();
    line.append(heading(i + 1, "row"));
    row.forEach((_, j) => {
      const number = document.createElement("span");
      number.dataset.key = `${details.dataset.whole}.${Array.isArray(array[0]) ? `${i}.${j}` : i}`;
      line.insertCell().append(number);
    });
  });
  place.append(table);
  writeNumbers(place, state.numbers);
}

function heading(text, scope) {
  const cell = document.createElement("th");
  cell.scope = scope;
  cell.textContent = text;
  return cell;
}

function startWholes() {
  for (const details of document.querySelectorAll("details[data-whole]")) {
    details.addEventListener("toggle", () => details.open && writeWhole(details));
  }
}
