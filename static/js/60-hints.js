// News that is not pushed as a fragment: a hint names a topic, and whatever on
// the page shows it (data-hint) fetches itself anew. After an action of the
// reader's own, every such part does.
(() => {
  "use strict";

  const waiting = new Set();

  function refresh(topic) {
    document.querySelectorAll("[data-hint]").forEach((part) => {
      if (topic === undefined || part.dataset.hint.split(" ").includes(topic)) waiting.add(part);
    });
    flush();
  }

  // A reader who types in a field of the list, or has a dialog open, is not disturbed.
  function busy() {
    const typing = document.activeElement?.closest(".filter input, textarea");
    return Boolean(typing || document.querySelector("dialog[open]"));
  }

  function flush() {
    if (busy()) return;
    waiting.forEach((part) => part.isConnected && htmx.trigger(part, "refetch"));
    waiting.clear();
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
})();
