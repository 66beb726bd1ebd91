/* What lies over the page keeps the focus until it is closed, and Escape closes it: panels, menus, the phone's rail. */
(function () {
  "use strict";
  const REACHED = "a[href], button:not([disabled]), input:not([disabled]), select, textarea, summary, [tabindex='0']";
  const seen = (one) => one.getClientRects().length > 0 && getComputedStyle(one).visibility !== "hidden";

  /* What lies over the page now; on a wide screen the rail is a part of it. */
  function over() {
    const panel = [...document.querySelectorAll(".drill-open, .journey-panel")].find(seen);
    if (panel) return [panel];
    const button = document.getElementById("menu-button");
    return button && button.getAttribute("aria-expanded") === "true" && seen(button) ? [button, document.getElementById("rail")] : [];
  }

  function stay(event) {
    const parts = over();
    const stops = parts.flatMap((part) => part.matches(REACHED) ? [part] : [...part.querySelectorAll(REACHED)]).filter((one) => one.tabIndex >= 0 && seen(one));
    if (!stops.length) return;
    const here = stops.indexOf(document.activeElement), last = stops.length - 1;
    const inside = parts.some((part) => part.contains(document.activeElement));
    if (event.shiftKey ? here === 0 || here < 0 : here === last || (here < 0 && !inside)) {
      event.preventDefault();
      stops[event.shiftKey ? last : 0].focus();
    } else if (parts.length > 1 && here === 0 && !event.shiftKey) {
      event.preventDefault();
      stops[1].focus();
    }
  }

  function leave() {
    for (const menu of document.querySelectorAll("details[open].menu-holder")) {
      const within = menu.contains(document.activeElement);
      menu.removeAttribute("open");
      if (within) menu.querySelector("summary").focus();
    }
    const [first, rail] = over();
    if (rail) { first.click(); first.focus(); }
    const close = first && first.matches(".journey-panel") && first.querySelector("a[title=Close]");
    if (close) close.click();
  }

  addEventListener("keydown", (event) => {
    if (event.key === "Tab") stay(event);
    if (event.key === "Escape") leave();
  });
})();
