// The box in the side bar.  Sphinx leads "/" to it; Escape leads out of it.
{
  const box = document.querySelector("form[role=search] input");
  const onSearchPage = document.querySelector(".search") !== null;

  // On a narrow screen the side bar is out of view.
  box?.addEventListener("focus", () => {
    if (box.getBoundingClientRect().right <= 0) {
      document.getElementById("__navigation").checked = true;
    }
  });

  box?.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing) box.blur();
  });

  // Of a long query only the two ends fit into an address; see also search.js.
  box?.form.addEventListener("submit", () => {
    const half = 200;
    if (!onSearchPage && box.value.length > 2 * half) {
      box.value = `${box.value.slice(0, half)} ${box.value.slice(-half)}`;
    }
  });
}
