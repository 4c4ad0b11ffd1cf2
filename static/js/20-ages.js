// Ages and deadlines count on between two pushes; a value past its window is
// struck through, so that an old number never passes for a current one.
(() => {
  "use strict";

  // The server's clock is the measure: a desk's clock may be minutes off.
  const skew = (() => {
    const made = document.querySelector("meta[name=server-time]")?.content;
    return made ? Date.parse(made) - Date.now() : 0;
  })();
  const now = () => Date.now() + skew;

  function ago(seconds) {
    if (seconds < 1) return "now";
    if (seconds < 60) return Math.floor(seconds) + " s";
    if (seconds < 3600) return Math.floor(seconds / 60) + " min";
    if (seconds < 48 * 3600) return Math.floor(seconds / 3600) + " h";
    return Math.floor(seconds / 86400) + " d";
  }

  function took(seconds) {
    const two = (major, unit, minor, small) => major + " " + unit + (minor ? " " + minor + " " + small : "");
    if (seconds < 60) return Math.floor(seconds) + " s";
    if (seconds < 3600) return Math.floor(seconds / 60) + " min";
    if (seconds < 86400) return two(Math.floor(seconds / 3600), "h", Math.floor(seconds / 60) % 60, "min");
    return two(Math.floor(seconds / 86400), "d", Math.floor(seconds / 3600) % 24, "h");
  }

  function put(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function tick() {
    if (document.hidden) return;
    const at = now();
    for (const element of document.querySelectorAll("time[data-age]")) {
      put(element, ago((at - Date.parse(element.dateTime)) / 1000));
    }
    for (const element of document.querySelectorAll("time[data-deadline]")) {
      const left = (Date.parse(element.dateTime) - at) / 1000;
      put(element, left < 0 ? took(-left) + " late" : took(left) + " left");
    }
    for (const element of document.querySelectorAll("[data-window]")) {
      const stale = (at - Date.parse(element.dataset.asOf)) / 1000 > Number(element.dataset.window);
      element.classList.toggle("stale", stale);
      const word = element.parentElement.querySelector(":scope > .stale-word");
      if (word) word.hidden = !stale;
    }
  }

  setInterval(tick, 1000);
  document.addEventListener("visibilitychange", tick);
  document.addEventListener("DOMContentLoaded", tick);
})();
