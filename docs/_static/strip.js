// The strip: the panels at the place where one reads, beside the text or in a bar below it,
// to step through.  It shows clones of what is on the page: no state is computed here.
{
  const panels = [...document.querySelectorAll("article .state-panels:has(.strip-line)")];
  const strip = document.getElementById("strip").content.firstElementChild;
  const [back, title, on, close] = strip.querySelectorAll("button");
  const body = strip.querySelector(".strip-body");
  const side = document.querySelector(".toc-drawer:not(.no-toc) .toc-sticky");
  const wide = matchMedia("(min-width: 79em)");
  let now = -1;
  let held = 0; // after a step by button, scrolling does not choose for a moment

  const top = (panel) => {
    const fold = panel.closest("details:not([open])"); // what is folded has no place
    return (fold ?? panel).getBoundingClientRect().top;
  };
  const show = (index) => {
    if (index === now) return;
    now = index;
    const copy = panels[now].cloneNode(true);
    for (const part of copy.querySelectorAll("[id]")) part.removeAttribute("id");
    for (const fold of copy.querySelectorAll("details")) fold.open = true;
    body.replaceChildren(...copy.childNodes);
    body.scrollTop = 0;
    const step = title.dataset.step.replace("{n}", now + 1).replace("{all}", panels.length);
    title.replaceChildren(step, body.firstElementChild.cloneNode(true));
    back.disabled = now === 0;
    on.disabled = now === panels.length - 1;
  };
  const follow = () => {
    strip.classList.toggle("early", top(panels[0]) > 0);
    if (Date.now() < held) return;
    const seen = panels.filter((panel) => top(panel) < innerHeight * 0.66);
    show(Math.max(0, seen.length - 1));
  };
  const step = (by) => {
    show(Math.min(panels.length - 1, Math.max(0, now + by)));
    held = Date.now() + 800;
    const fold = panels[now].closest("details");
    if (fold) fold.open = true;
    panels[now].scrollIntoView({ block: "center", behavior: "instant" });
  };
  const place = () => {
    const beside = strip.classList.toggle("beside", Boolean(side) && wide.matches);
    (beside ? side : document.body).append(strip);
    strip.classList.remove("open");
    if (beside) title.removeAttribute("aria-expanded");
    else title.setAttribute("aria-expanded", "false");
  };

  back.addEventListener("click", () => step(-1));
  on.addEventListener("click", () => step(1));
  close.addEventListener("click", () => strip.remove());
  // At the side all is seen, and the title leads to the cell.
  title.addEventListener("click", () => {
    if (strip.classList.contains("beside")) step(0);
    else title.setAttribute("aria-expanded", strip.classList.toggle("open"));
  });
  wide.addEventListener("change", place);
  addEventListener("scroll", () => requestAnimationFrame(follow), { passive: true });
  place();
  follow();
}
