// Where one reads goes along to the other language, and into the report of a fault.
// The root page reads which language was chosen.  Without JavaScript the links lead to
// the page.
{
  const anchors = document.querySelectorAll("article [id]"); // the same in each language
  const top = (part) => part.getBoundingClientRect().top;
  const hash = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (scrollY === 0) return location.hash;
    if (target && top(target) > -1 && top(target) < innerHeight) return location.hash;
    const above = [...anchors].filter((part) => part.checkVisibility() && top(part) < innerHeight / 3);
    return above.length ? `#${above.at(-1).id}` : "";
  };

  for (const link of document.querySelectorAll("a[data-language]")) {
    const follow = () => {
      link.hash = hash();
      try {
        localStorage.setItem("language", link.dataset.language);
      } catch {
        // storage may be forbidden: the link works all the same
      }
    };
    link.addEventListener("click", follow);
    link.addEventListener("auxclick", follow); // into another tab
  }

  const report = document.querySelector("a.report");
  report?.addEventListener("click", () => {
    const cells = document.querySelectorAll("article .highlight-Python");
    const cell = [...cells].filter((part) => top(part) < innerHeight / 2).length;
    const address = new URL(report.href);
    address.searchParams.set("page", `${location.href.split("#")[0]}${hash()} (cell ${cell})`);
    report.href = address;
  });
}
