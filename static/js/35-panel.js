// The side panel: it says whose detail it holds (data-of, the address of the
// row), and that row stays marked whatever the list is replaced by.
(() => {
  "use strict";

  const address = (row) => row.querySelector("[data-open][hx-get]")?.getAttribute("href");
  const rows = () => [...document.querySelectorAll("tr[data-row]")].filter((row) => !row.closest("#panel"));

  // A panel that came with the page belongs to the row that the server has marked.
  function mark() {
    const panel = document.getElementById("panel");
    if (!panel) return;
    if (panel.dataset.of === undefined) {
      const open = rows().find((row) => row.hasAttribute("aria-current"));
      panel.dataset.of = (open && address(open)) ?? "";
    }
    if (!panel.dataset.of) return;
    for (const row of rows()) {
      if (address(row) === panel.dataset.of) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
  }
  document.addEventListener("DOMContentLoaded", mark);
  document.addEventListener("htmx:finally:request", mark);
  document.addEventListener("htmx:after:swap", mark);
  // An answer names its row before it is on the page: a push may come at any time after.
  document.addEventListener("htmx:before:swap", (event) => {
    const link = event.detail.ctx?.sourceElement;
    if (!link?.matches("[data-open]")) return;
    for (const task of event.detail.tasks) {
      const panel = task.fragment?.querySelector("#panel");
      if (panel) panel.dataset.of = link.getAttribute("href");
    }
  });

  document.addEventListener("click", (event) => {
    const row = event.target.closest("[data-open][hx-get]")?.closest("tr");
    if (!row) return;
    for (const other of rows()) other.removeAttribute("aria-current");
    row.setAttribute("aria-current", "true");
  });

  // A closed panel leaves its place; the list behind it stays as it was.
  document.addEventListener("click", (event) => {
    const close = event.target.closest("[data-panel-close]");
    if (!close) return;
    event.preventDefault();
    const panel = document.getElementById("panel");
    panel.replaceChildren();
    panel.dataset.of = "";
    history.replaceState(null, "", close.href);
    document.querySelector("tr[aria-current]")?.focus();
    document.querySelector("tr[aria-current]")?.removeAttribute("aria-current");
  });
})();
