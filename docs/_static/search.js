// The search page: ask search_engine.js, show what it finds.
//
// Not a module, since those do not load from a file.  Nothing of the engine or the index
// is loaded before somebody searches.
(() => {
  const SHOWN = 10; // results at a time
  const LONGEST = 400; // characters of a query in an address

  const root = document.querySelector(".search");
  const part = (name) => root.querySelector(`.search-${name}`);
  const box = part("box");
  const text = JSON.parse(part("texts").textContent);
  const pages = new Map(
    [...part("pages").querySelectorAll("a")].map((link) => [
      link.getAttribute("href"),
      { title: link.textContent, group: link.closest("section").querySelector("h2").textContent },
    ]),
  );

  // ---- What is shown

  // Whatever was typed or found enters the page as text alone.
  function element(tag, name, ...children) {
    const made = document.createElement(tag);
    made.className = `search-${name}`;
    made.append(...children);
    return made;
  }

  const filled = (sentence, values) =>
    sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  async function itemOf(found) {
    const { name, anchor, excerpt } = await found.read();
    const { title, group } = pages.get(name);
    const link = element("a", "link", title);
    link.href = anchor ? `${name}#${anchor}` : name;
    const marked = excerpt.map((one) => (one.marked ? element("mark", "hit", one.string) : one.string));
    return element(
      "li",
      "result",
      link,
      " ",
      element("span", "group", group),
      element("p", "excerpt", ...marked),
    );
  }

  function setState(state, message) {
    root.dataset.state = state;
    part("status").textContent = message;
  }

  const address = (path) => new URL(path, document.baseURI).href;
  let engine;
  let latest = 0; // what an older search finds is not shown

  async function search(query) {
    const mine = (latest += 1);
    part("results").setAttribute("aria-busy", "true");
    const asks = /[\p{L}\p{N}]/u.test(query);
    let found, items;
    try {
      if (asks) {
        engine ??= import(address(root.dataset.engine)).then((module) =>
          module.open(address(root.dataset.index), address(root.dataset.list), text.synonyms),
        );
        found = await (await engine)(query);
        items = await Promise.all(found.pages.slice(0, SHOWN).map(itemOf));
      }
    } catch (error) {
      engine = undefined;
      console.warn(error);
    }
    if (mine !== latest) return;
    part("note").textContent = "";
    part("results").replaceChildren(...(items ?? []));
    part("results").setAttribute("aria-busy", "false");
    part("more").hidden = true;
    if (!query.trim()) setState("empty", "");
    else if (asks && !items) setState("failed", text.failed);
    else if (!items?.length) setState("nothing", text.nothing);
    else present(found);
  }

  function present({ pages: found, missing, whole }) {
    setState("found", filled(found.length === 1 ? text.one : text.many, { count: found.length }));
    const words = missing.map((word) => filled(text.quoted, { word })).join(text.comma);
    if (missing.length) part("note").textContent = filled(text.left_out, { words });
    else if (!whole) part("note").textContent = text.scattered;
    part("more").hidden = found.length <= SHOWN;
    part("more").onclick = async () => {
      const shown = part("results").children.length;
      const items = await Promise.all(found.slice(shown, shown + SHOWN).map(itemOf));
      part("results").append(...items);
      part("more").hidden = found.length <= shown + SHOWN;
      items[0].querySelector("a").focus();
    };
  }

  // ---- What the reader does

  // A long query is whole in the history, and shortened in the address.
  function addressOf(query) {
    const half = LONGEST / 2;
    const q = query.length > LONGEST ? `${query.slice(0, half)} ${query.slice(-half)}` : query;
    return query ? `?${new URLSearchParams({ q })}` : location.pathname;
  }

  const remembered = () =>
    history.state?.query ?? new URLSearchParams(location.search).get("q") ?? "";

  let changing = false; // the last entry of the history is the query that is being typed
  let waiting;

  function remember() {
    if (box.value === remembered()) return;
    const keep = changing ? "replaceState" : "pushState";
    history[keep]({ query: box.value }, "", addressOf(box.value));
    changing = true;
    takeAlong();
  }

  // The same query in the other language.
  function takeAlong() {
    for (const link of document.querySelectorAll("a[data-language]")) link.search = location.search;
  }

  function typed(event) {
    if (event.isComposing) return; // an unfinished word of an input method
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      remember();
      search(box.value);
    }, 150);
  }

  function submitted(event) {
    event.preventDefault();
    clearTimeout(waiting);
    remember();
    changing = false;
    search(box.value);
  }

  function restored() {
    clearTimeout(waiting);
    box.value = remembered();
    changing = false;
    takeAlong();
    search(box.value);
  }

  // Arrows lead from the box through the results and back.
  function moved(event) {
    const stops = [box, ...part("results").querySelectorAll("a")];
    const here = stops.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.isComposing || !step || here < 0) return;
    event.preventDefault();
    stops[here + step]?.focus();
  }

  if (location.protocol === "file:") {
    setState("file", text.file);
    return;
  }
  box.addEventListener("input", typed);
  box.addEventListener("compositionend", typed);
  part("form").addEventListener("submit", submitted);
  root.addEventListener("keydown", moved);
  addEventListener("popstate", restored);
  restored();
})();
