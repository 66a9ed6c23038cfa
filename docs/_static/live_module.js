// The module on the home page: walks the states that the build recorded, and says each
// time what is true then.  See _ext/tested_gallery/state/live_module.py.
const live = document.querySelector(".live");
const { code, errors, states, none } = JSON.parse(live.querySelector("script").textContent);
const rows = [...live.querySelectorAll("tbody tr")];
const buttons = [...live.querySelectorAll("button")];
const said = live.querySelector(".live-said");
let at = 0;

function fill(cell, text, column) {
  cell.replaceChildren();
  if (!text) return;
  const made = document.createElement("code");
  made.className = /\d/.test(text) && column !== 1 ? "literal v" : "literal";
  made.textContent = text === "?" ? none : text;
  cell.append(made);
}

function show(next, marked) {
  states[next][0].forEach((cells, r) => {
    const before = states[at][0][r];
    cells.forEach((text, c) => {
      const cell = rows[r].cells[c + 1];
      fill(cell, text, c);
      cell.classList.toggle("now", marked && text !== before[c]);
    });
    rows[r].classList.toggle("changed", marked && `${cells}` !== `${before}`);
  });
  at = next;
  for (const button of buttons) {
    button.disabled = button.value !== "again" && !(button.value in states[at][1]);
  }
}

live.addEventListener("click", ({ target }) => {
  const step = target.closest("button")?.value;
  if (!step) return;
  const [next, error] = step === "again" ? [0] : states[at][1][step];
  show(next, step !== "again");
  const failed = error !== undefined;
  live.querySelector("pre code").textContent = code[step];
  said.classList.toggle("error", failed);
  const words = document.getElementById(`said-${step}${failed ? "!" : ""}`).content.cloneNode(true);
  if (failed) {
    const raised = document.createElement("code");
    raised.textContent = errors[error];
    words.prepend(raised);
  }
  said.replaceChildren(words);
});
show(0, false);
