// Everything by keyboard: j and k move along the rows, letters press the
// button that carries them: for the ticked rows while there are some, in the row
// under the cursor, in its open detail, else on the page. None acts on a row that
// is neither ticked nor under the cursor.
(() => {
  "use strict";

  const rows = () => [...document.querySelectorAll("tr[data-row]")].filter((row) => row.offsetParent !== null);
  const current = () => document.activeElement?.closest("tr[data-row]") ?? document.querySelector("tr[data-row][aria-current]");

  function move(step) {
    const all = rows();
    if (all.length === 0) return;
    const at = all.indexOf(current());
    const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step))];
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }

  function press(key) {
    const selector = "[data-key=" + CSS.escape(key) + "]:not([aria-disabled])";
    const row = current();
    const ticked = document.querySelector("[data-pick]:checked") && document.querySelector("[data-picks] " + selector);
    const detail = hidden(row) ? row.querySelector("[data-open][hx-get]") : document.querySelector("#panel " + selector);
    const onPage = () => [...document.querySelectorAll("main " + selector)].find((button) => !button.closest("tr, #panel, [data-picks]") && button.checkVisibility());
    const button = ticked ?? row?.querySelector(selector) ?? detail ?? onPage();
    button?.click();
    return Boolean(button);
  }

  // Whether a row of the list has its detail elsewhere than in the panel.
  function hidden(row) {
    if (!row || row.closest("#panel")) return false;
    const address = row.querySelector("[data-open]")?.getAttribute("href");
    return document.getElementById("panel")?.dataset.of !== address;
  }

  function open() {
    if (!document.activeElement?.matches("tr[data-row]")) return false;
    document.activeElement.querySelector("[data-open]")?.click();
    return true;
  }

  function pick() {
    const box = current()?.querySelector("[data-pick]");
    box?.click();
    return Boolean(box);
  }

  function escape() {
    const menu = document.querySelector("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
      return true;
    }
    if (location.hash === "#nav") {
      location.hash = "#main";
      return true;
    }
    const close = document.querySelector("[data-panel-close]");
    close?.click();
    return Boolean(close);
  }

  // A list that is replaced, or a button that leaves, takes the focus along. The
  // row that was worked on takes it back, so that the next letter is about it.
  let worked = () => null;
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("tr[data-row]");
    if (row) worked = () => document.getElementById(row.id);
    else worked = event.target.closest("#panel") ? () => document.querySelector("tr[data-row][aria-current]") : () => null;
  });
  document.addEventListener("pointerdown", () => (worked = () => null));
  document.addEventListener("htmx:after:swap", () => {
    if (document.activeElement === document.body) worked()?.focus({ preventScroll: true });
  });

  const commands = {
    j: () => (move(1), true),
    k: () => (move(-1), true),
    Enter: open,
    x: pick,
    "/": () => {
      const search = document.querySelector("[data-search]");
      search?.focus();
      search?.select();
      return Boolean(search);
    },
    "?": () => {
      document.getElementById("keys")?.showModal();
      return true;
    },
    Escape: escape,
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.matches("input, select, textarea")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const command = Object.hasOwn(commands, event.key) ? commands[event.key] : /^[a-z]$/.test(event.key) ? () => press(event.key) : null;
    if (command?.()) event.preventDefault();
  });
})();
