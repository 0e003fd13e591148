// Sets the theme before the first paint, so that a dark room never sees a white flash. Loaded in the head, blocking.
// Without a choice the style sheet follows the device.
(function () {
  const root = document.documentElement;
  root.dataset.js = "";
  const remembered = () => {
    try {
      return localStorage.getItem("vigil-theme") || "";
    } catch {
      return ""; // A browser that forbids storage still gets the device's theme.
    }
  };
  const show = (theme) => {
    if (["light", "dark", "dim"].includes(theme)) root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  const mark = () =>
    document.querySelectorAll("[data-set-theme]").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.setTheme === remembered()));
    });
  show(remembered());
  document.addEventListener("DOMContentLoaded", mark);
  window.addEventListener("storage", (event) => {
    if (event.key === "vigil-theme") show(event.newValue || "");
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-set-theme]");
    if (!button) return;
    const theme = button.dataset.setTheme;
    try {
      if (theme) localStorage.setItem("vigil-theme", theme);
      else localStorage.removeItem("vigil-theme");
    } catch {
      // The choice then lasts as long as the page.
    }
    show(theme);
    mark();
  });
})();
