// The module on the home page: walks the states that the build recorded, and says each
// time what is true then.  See _ext/tested_gallery/state/live_module.py.
const live = document.querySelector(".live");
const { code, errors, states, none } = JSON.parse(live.querySelector("script").textContent);
const rows = [...live.querySelectorAll("tbody tr")];
const buttons = [...live.querySelectorAll("button")];
const said = live.querySelector(".live-said");
let at = 0;

function literal(text) {
  const made = document.createElement("code");
  made.className = "literal";
  made.textContent = text;
  return made;
}

function show(next, marked) {
  states[next][0].forEach((cells, r) => {
    const before = states[at][0][r];
    cells.forEach((text, c) => {
      const cell = rows[r].cells[c + 1];
      cell.replaceChildren(...(text ? [literal(text === "?" ? none : text)] : []));
      cell.classList.toggle("now", marked && text !== before[c]);
    });
    rows[r].classList.toggle("changed", marked && `${cells}` !== `${before}`);
  });
  at = next;
  for (const button of buttons) {
    const off = button.value !== "again" && !(button.value in states[at][1]);
    button.setAttribute("aria-disabled", off); // disabled, it would lose the focus
  }
}

live.addEventListener("click", ({ target }) => {
  const button = target.closest("button");
  if (!button || button.ariaDisabled === "true") return;
  const step = button.value;
  const [next, error] = step === "again" ? [0] : states[at][1][step];
  show(next, step !== "again");
  const failed = error !== undefined;
  live.querySelector("pre code").textContent = code[step];
  said.classList.toggle("error", failed);
  const words = document.getElementById(`said-${step}${failed ? "!" : ""}`).content.cloneNode(true);
  if (failed) words.prepend(literal(errors[error]));
  said.replaceChildren(words);
});
show(0, false);
