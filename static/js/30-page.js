// Dialogs, menus, toasts, the theme switch, and forms that
// send themselves when a choice changes.
(() => {
  "use strict";

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.opens);
      const menu = opener.closest("details.menu");
      if (!menu?.contains(dialog)) menu?.removeAttribute("open"); // a closed menu draws nothing of its own
      dialog?.showModal();
      return;
    }
    if (event.target.closest("[data-dismiss]")) event.target.closest("dialog").close();
    if (event.target.matches("dialog")) event.target.close(); // its backdrop
    if (event.target.closest("[data-remove]")) event.target.closest("[data-toast]").remove();
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-closes]")) {
      form.closest("dialog").close();
      form.closest("details.menu")?.removeAttribute("open"); // else the list waits for its reader
    }
    form.closest("[data-toast]")?.setAttribute("hidden", ""); // answered, and its request still runs
    if (form.matches("[data-theme-switch]")) {
      event.preventDefault();
      setTheme(event.submitter.value, form);
    }
  }, true);

  function setTheme(theme, form) {
    const root = document.documentElement;
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    document.cookie = "theme=" + theme + "; path=/; max-age=" + (theme ? 31536000 : 0) + "; samesite=lax";
    for (const button of form.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.value === theme));
    }
    document.dispatchEvent(new Event("throughline:theme"));
  }

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-auto-submit]");
    if (form && !event.target.matches("input[type=search], input[type=text]")) form.requestSubmit();
  });

  function armToasts(root) {
    for (const toast of root.querySelectorAll("[data-toast]:not([data-armed])")) {
      toast.dataset.armed = "";
      const seconds = Number(toast.dataset.toast);
      const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, 2000) : toast.remove());
      setTimeout(leave, seconds * 1000);
    }
  }
  document.addEventListener("DOMContentLoaded", () => {
    const host = document.getElementById("toasts");
    if (!host) return;
    armToasts(host);
    new MutationObserver(() => armToasts(host)).observe(host, { childList: true });
  });

  // A refusal that is no page of ours still tells the reader something.
  document.addEventListener("htmx:error", () => say("The tower did not answer. Nothing was changed; try again."));
  function say(text) {
    const host = document.getElementById("toasts");
    if (!host) return;
    const toast = document.createElement("div");
    toast.className = "toast toast-error";
    toast.dataset.toast = "20";
    const words = document.createElement("p");
    words.className = "text";
    words.textContent = text;
    toast.append(words);
    host.append(toast);
  }
})();
