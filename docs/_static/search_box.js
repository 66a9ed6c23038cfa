// "/" leads to the search box of the page, Escape out of it.  The search page keeps long
// queries (search.js); from others only the two ends of one fit into an address.
{
  const box = document.querySelector("form[role=search] input");
  const writes = (element) =>
    element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);

  addEventListener("keydown", (event) => {
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing;
    if (event.key === "/" && plain && box && !writes(event.target)) {
      event.preventDefault();
      const drawer = document.getElementById("__navigation");
      if (box.getBoundingClientRect().right <= 0) drawer.checked = true; // on narrow screens
      box.focus();
      box.select();
    } else if (event.key === "Escape" && event.target === box && plain) {
      box.blur();
    }
  });
  box?.form.addEventListener("submit", () => {
    const half = 200;
    const long = box.value.length > 2 * half && !document.querySelector(".search");
    if (long) box.value = `${box.value.slice(0, half)} ${box.value.slice(-half)}`;
  });
}
