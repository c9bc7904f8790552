// Copy buttons, and clients as tabs. Without it everything is there, one below the other, to be copied by hand.
(() => {
  "use strict";

  async function copy(text) {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    const field = document.createElement("textarea"); // plain http has no clipboard
    field.value = text;
    field.className = "lk-hide";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    if (!done) throw new Error("not copied");
  }

  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    const said = button.querySelector("[data-said]");
    said.setAttribute("aria-live", "polite");
    button.addEventListener("click", async () => {
      const source = button.closest(".lk-paste").querySelector("pre");
      try {
        await copy(source.textContent);
        said.textContent = "Copied";
      } catch {
        window.getSelection().selectAllChildren(source);
        said.textContent = "Press Ctrl+C";
      }
      setTimeout(() => { said.textContent = "Copy"; }, 2500);
    });
  }

  for (const group of document.querySelectorAll("[data-tabs]")) {
    const tabs = [...group.querySelectorAll("[role=tab]")];
    const show = (chosen) => {
      for (const tab of tabs) {
        const on = tab === chosen;
        tab.setAttribute("aria-selected", String(on));
        tab.setAttribute("aria-pressed", String(on));
        tab.tabIndex = on ? 0 : -1;
        document.getElementById(tab.getAttribute("aria-controls")).hidden = !on;
      }
    };
    group.querySelector("[role=tablist]").hidden = false;
    group.classList.add("lk-tabbed");
    for (const tab of tabs) {
      tab.addEventListener("click", () => show(tab));
      tab.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
        show(next);
        next.focus();
      });
    }
    const wanted = tabs.find((tab) => "#" + tab.getAttribute("aria-controls") === location.hash);
    show(wanted || tabs[0]);
  }

  const open = document.querySelector("[popover][data-open]");
  if (open) open.showPopover();
})();
