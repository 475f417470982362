// Going through the steps: buttons, arrow keys, the map, and the address of the page (#step-...).

const stages = [...document.querySelectorAll(".stage")];
const names = stages.map((stage) => stage.dataset.stage);
const stepper = {current: 0};

/** Show one step. `moved` is false where the address asked for it and is right already. */
function showStage(at, moved = true) {
  stepper.current = Math.min(Math.max(at, 0), stages.length - 1);
  const current = stages[stepper.current];
  stages.forEach((stage) => stage.classList.toggle("current", stage === current));
  for (const link of document.querySelectorAll("#map a")) {
    const here = link.hash === `#${current.id}`;
    if (here) link.setAttribute("aria-current", "step");
    else link.removeAttribute("aria-current");
    if (here) keepInView(link, document.getElementById("map"));
  }
  const title = current.querySelector("h2").textContent;
  document.getElementById("where").textContent = `Step ${stepper.current + 1} of ${stages.length}: ${title}`;
  document.getElementById("progress").style.setProperty("--done", String((stepper.current + 1) / stages.length));
  document.body.dataset.lane = current.dataset.lane;
  for (const button of document.querySelectorAll("#stepper button")) {
    const end = button.dataset.go === "first" || button.dataset.go === "back" ? 0 : stages.length - 1;
    button.setAttribute("aria-disabled", String(stepper.current === end)); // not `disabled`: it would lose the focus
  }
  if (moved) remember(`#${current.id}`);
  drawStage(current.dataset.stage, Number(current.dataset.layer), state.numbers);
  markPointed();
}

/** Write the step into the address; a page within a page may not, and needs not. */
function remember(hash) {
  try {
    history.replaceState(null, "", hash);
  } catch {
    // The address of an embedded document is not its own.
  }
}

/** Scroll a container, not the page, so that an element in it can be seen. */
function keepInView(element, container) {
  const inner = element.getBoundingClientRect();
  const outer = container.getBoundingClientRect();
  if (inner.left < outer.left || inner.right > outer.right) {
    container.scrollLeft += inner.left - outer.left - outer.width / 2 + inner.width / 2;
  }
}

const GO = {
  first: () => 0,
  back: () => stepper.current - 1,
  next: () => stepper.current + 1,
  last: () => stages.length - 1,
};

const KEYS = {ArrowLeft: "back", ArrowRight: "next", Home: "first", End: "last"};

/** Whether a key press means something else where it happens. */
function isTaken(event) {
  const within = event.target instanceof Element && event.target.closest("input, select, textarea, [contenteditable]");
  return event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || Boolean(within);
}

function startStepper() {
  document.documentElement.classList.add("stepping");
  document.getElementById("stepper").addEventListener("click", (event) => {
    const go = event.target.closest("button")?.dataset.go;
    if (go) showStage(GO[go]());
  });
  document.addEventListener("keydown", (event) => {
    const go = KEYS[event.key];
    if (!go || isTaken(event)) return;
    event.preventDefault();
    showStage(GO[go]());
  });
  // On paper all steps stand below one diagram: it then holds every z, and no layer is the current one.
  window.addEventListener("beforeprint", () => drawStage("loss", -1, state.numbers));
  window.addEventListener("afterprint", () => showStage(stepper.current, false));
  const follow = () => {
    const at = names.indexOf(location.hash.replace("#step-", ""));
    if (at >= 0) showStage(at, false);
    return at >= 0;
  };
  window.addEventListener("hashchange", follow);
  // A link to a step must not scroll away from the diagram: the step is shown where the reader is.
  document.addEventListener("click", (event) => {
    const hash = event.target.closest("a[href^='#step-']")?.hash;
    const at = hash ? names.indexOf(hash.replace("#step-", "")) : -1;
    if (at < 0) return;
    event.preventDefault();
    showStage(at);
  });
  if (!follow()) showStage(0, false);
}
