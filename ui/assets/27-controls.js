/* Mends what Dash tells screen readers. It calls a checklist a list box and its labels options, with boxes to tick inside them; the boxes and their labels say all, and what is left is a group with a name. A dropdown has a field that is hidden from them and takes the focus all the same. */
(function () {
  "use strict";
  function mend() {
    for (const list of document.querySelectorAll(".dash-checklist[role=listbox], .dash-radioitems[role=listbox]")) {
      list.setAttribute("role", "group");
      const outer = list.closest("[role=group][aria-label]:not(.dash-options-list)");
      if (!list.hasAttribute("aria-label")) list.setAttribute("aria-label", outer ? outer.getAttribute("aria-label") : list.textContent.trim());
    }
    for (const field of document.querySelectorAll(".dash-dropdown-focus-target[aria-hidden=true][tabindex='0']")) field.setAttribute("tabindex", "-1");
    for (const label of document.querySelectorAll("label.dash-options-list-option[role], label.dash-options-list-option[aria-selected]")) {
      label.removeAttribute("role");
      label.removeAttribute("aria-selected");
    }
  }
  /* A strip of tabs that is longer than the window begins where the chosen one is. */
  function show() {
    for (const one of document.querySelectorAll(".page>.segments .choice[aria-pressed=true]:not([data-met])")) {
      const strip = one.parentElement;
      one.dataset.met = "true";
      strip.scrollLeft = one.offsetLeft - strip.offsetLeft - (strip.clientWidth - one.clientWidth) / 2;
    }
  }
  addEventListener("DOMContentLoaded", () => {
    let due = false;
    new MutationObserver(() => {
      if (due) return;
      due = true;
      requestAnimationFrame(() => { due = false; mend(); show(); });
    }).observe(document.documentElement, {childList: true, subtree: true, attributes: true, attributeFilter: ["aria-selected"]});
  });
})();
