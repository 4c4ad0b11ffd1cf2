// A hint says that a topic changed and leaves it to the page to fetch its own
// part, so that a reader keeps filter and place: what shows the topic names it
// in data-topics and asks for itself with hx-trigger="hint".
(() => {
  "use strict";

  document.addEventListener("htmx:ws:before:message:incoming", (event) => {
    const text = event.detail.message.data;
    if (typeof text !== "string" || !text.startsWith('{"hint"')) return;
    const topic = CSS.escape(JSON.parse(text).hint);
    for (const element of document.querySelectorAll('[data-topics~="' + topic + '"]')) {
      element.dispatchEvent(new CustomEvent("hint"));
    }
  });
})();
