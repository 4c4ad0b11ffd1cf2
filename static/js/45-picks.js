// Rows that are ticked in a list: the box in its head ticks all of the page, and
// the bar under it counts them.
(() => {
  "use strict";

  function count() {
    for (const bar of document.querySelectorAll("[data-picks]")) {
      const boxes = [...bar.elements].filter((field) => field.matches("[data-pick]"));
      const ticked = boxes.filter((box) => box.checked).length;
      bar.querySelector("[data-picked]").textContent = ticked + " selected";
      const all = document.querySelector("[data-pick-all]");
      if (!all) continue;
      all.checked = ticked > 0 && ticked === boxes.length;
      all.indeterminate = ticked > 0 && ticked < boxes.length;
    }
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-pick-all]")) {
      for (const box of event.target.closest("table").querySelectorAll("[data-pick]")) box.checked = event.target.checked;
    }
    if (event.target.matches("[data-pick], [data-pick-all]")) count();
  });
  document.addEventListener("DOMContentLoaded", count); // ticks that the browser kept
  document.addEventListener("htmx:after:swap", count); // a ticked row may have left
})();
