// News that is not pushed as a fragment: a hint names a topic, and whatever on
// the page shows it (data-hint) fetches itself anew, a part that is dear to make
// (data-rest, seconds) no more often than that. After an action of the reader's
// own, every such part does at once.
(() => {
  "use strict";

  const waiting = new Set();
  const fetched = new WeakMap(); // part: when it last was
  let rest; // the timer of parts that rest

  function refresh(topic) {
    document.querySelectorAll("[data-hint]").forEach((part) => {
      if (topic === undefined) fetched.delete(part);
      if (topic === undefined || part.dataset.hint.split(" ").includes(topic)) waiting.add(part);
    });
    flush();
  }

  // A reader who types in a field of the list, or has a dialog or a menu open, is not disturbed.
  function busy() {
    const typing = document.activeElement?.closest(".filter input, textarea");
    return Boolean(typing || document.querySelector("dialog[open], details.menu[open]"));
  }

  function flush() {
    if (busy()) return;
    const now = Date.now();
    let soonest = Infinity;
    waiting.forEach((part) => {
      const left = (fetched.get(part) ?? 0) + Number(part.dataset.rest ?? 0) * 1000 - now;
      if (left > 0) {
        soonest = Math.min(soonest, left);
        return;
      }
      waiting.delete(part);
      fetched.set(part, now);
      if (part.isConnected) htmx.trigger(part, "refetch");
    });
    clearTimeout(rest);
    if (soonest < Infinity) rest = setTimeout(flush, soonest);
  }

  document.addEventListener("htmx:ws:before:message:incoming", (event) => {
    const data = event.detail.message?.data;
    if (typeof data !== "string" || !data.startsWith("{")) return;
    const message = JSON.parse(data);
    if (message.hint !== undefined) refresh(message.hint);
  });
  document.addEventListener("refresh", () => refresh());
  document.addEventListener("focusout", () => setTimeout(flush, 0));
  document.addEventListener("close", flush, true);
  document.addEventListener("toggle", flush, true);
})();
