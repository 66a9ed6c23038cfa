// Which pages were visited and what was answered: kept in this browser, sent nowhere.
// The about page has a button that forgets.
try {
  const root = new URL(document.documentElement.dataset.content_root, location.href).href;
  const name = (address) => address.split(/[?#]/)[0].slice(root.length);
  const here = name(location.href);

  for (const link of document.querySelectorAll(".sidebar-tree a, .card-title a")) {
    const there = name(link.href);
    if (there !== here && localStorage.getItem(`visited:${there}`)) {
      link.append(document.getElementById("visited").content.cloneNode(true));
    }
  }
  localStorage.setItem(`visited:${here}`, "yes");

  for (const group of document.querySelectorAll(".check [role=radiogroup]")) {
    const choices = [...group.querySelectorAll("input")];
    const key = `answered:${here}:${choices[0].name}`;
    const chosen = choices[localStorage.getItem(key)];
    if (chosen) chosen.checked = true;
    group.addEventListener("change", ({ target }) => localStorage.setItem(key, choices.indexOf(target)));
  }

  const forget = document.querySelector(".forget");
  forget?.addEventListener("click", () => {
    for (const key of Object.keys(localStorage)) {
      if (/^(visited|answered):/.test(key)) localStorage.removeItem(key);
    }
    for (const tick of document.querySelectorAll(".visited")) tick.remove();
    forget.nextElementSibling.hidden = false;
  });
  if (forget) forget.hidden = false;
} catch {
  // storage may be forbidden: pages and questions work all the same
}
