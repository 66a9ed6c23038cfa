// What scrolls sideways in itself, code and tables, must be reachable by keyboard; what
// fits would be a needless stop on the way.
const scrolling = document.querySelectorAll("article pre, article .table-wrapper");
const reach = () => {
  for (const part of scrolling) {
    if (part.scrollWidth > part.clientWidth) part.tabIndex = 0;
    else part.removeAttribute("tabindex");
  }
};
reach();
addEventListener("resize", reach);
addEventListener("toggle", reach, true);
