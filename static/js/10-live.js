// The live indicator, and the glow on what a push has changed.
(() => {
  "use strict";

  const words = { connecting: "Connecting", live: "Live", reconnecting: "Reconnecting", stale: "Stale" };
  let state = "connecting";
  let lostAt = Date.now();

  function show(next) {
    state = next;
    document.documentElement.dataset.live = next;
    const indicator = document.getElementById("live-state");
    if (!indicator || indicator.dataset.state === next) return;
    indicator.dataset.state = next;
    indicator.lastElementChild.textContent = words[next];
  }

  function lost() {
    if (state === "live" || state === "connecting") lostAt = Date.now();
    if (state !== "stale") show("reconnecting");
  }

  document.addEventListener("htmx:ws:after:connection", () => show("live"));
  document.addEventListener("htmx:ws:close", (event) => {
    // A hidden tab closes its socket by itself and opens it again when seen.
    if (!document.hidden && event.detail.reason !== "removed") lost();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && document.getElementById("live")) lost();
  });

  setInterval(() => {
    const live = document.getElementById("live");
    if (!live || document.hidden || state === "live" || state === "stale") return;
    if (Date.now() - lostAt > Number(live.dataset.staleAfter) * 1000) show("stale");
  }, 1000);

  // A push is told from any other change of the page by when it happens.
  const touched = new Set();
  const note = (records) => records.forEach((record) => touch(record));
  const changes = new MutationObserver(note);
  document.addEventListener("htmx:ws:before:message:incoming", () => {
    const main = document.getElementById("main");
    if (main) changes.observe(main, { subtree: true, characterData: true, childList: true });
  });
  document.addEventListener("htmx:ws:after:message:incoming", () => {
    note(changes.takeRecords());
    changes.disconnect();
    touched.forEach(glow);
    touched.clear();
  });

  function touch(record) {
    if (record.type === "characterData") {
      collect(record.target.parentElement);
      return;
    }
    for (const node of record.addedNodes) {
      if (node.nodeType === Node.TEXT_NODE) collect(record.target);
      else if (node.matches?.("tr, li")) node.querySelectorAll("[data-glow]").forEach((cell) => touched.add(cell));
    }
  }

  function collect(element) {
    if (!element || element.closest("time, .age")) return; // an age counts on, that is no news
    const cell = element.closest("[data-glow]");
    if (cell) touched.add(cell);
  }

  function glow(element) {
    element.classList.remove("glow");
    requestAnimationFrame(() => element.classList.add("glow"));
    setTimeout(() => element.classList.remove("glow"), 1100);
  }
})();
