// Light, dark or as the system says: the admin's choice ("adminTheme", kept as JSON by its Alpine) is the portal's too.
(() => {
  "use strict";
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const read = () => {
    try {
      const kept = JSON.parse(localStorage.getItem("adminTheme"));
      return ["light", "dark", "auto"].includes(kept) ? kept : "auto";
    } catch {
      return "auto";
    }
  };
  const apply = () => {
    const choice = read();
    const isDark = choice === "dark" || (choice === "auto" && dark.matches);
    const changed = document.documentElement.classList.contains("dark") !== isDark;
    document.documentElement.classList.toggle("dark", isDark);
    for (const button of document.querySelectorAll("[data-theme-switch] button")) {
      button.setAttribute("aria-pressed", String(button.dataset.theme === choice));
    }
    if (changed) document.dispatchEvent(new CustomEvent("lynkr-theme"));
  };
  apply();
  dark.addEventListener("change", apply);
  window.addEventListener("storage", apply);
  document.addEventListener("DOMContentLoaded", () => {
    for (const group of document.querySelectorAll("[data-theme-switch]")) {
      group.hidden = false;
      group.addEventListener("click", (event) => {
        const button = event.target.closest("button[data-theme]");
        if (!button) return;
        try {
          localStorage.setItem("adminTheme", JSON.stringify(button.dataset.theme));
        } catch { /* a browser that keeps nothing shows the system's theme */ }
        apply();
      });
    }
    apply();
  });
})();
