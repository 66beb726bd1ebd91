/* Filters in the address: what is clicked or chosen goes there, and from there to the page that is open. */
(function () {
  "use strict";
  const asked = () => Object.fromEntries(new URLSearchParams(location.search));

  function publish() {
    for (const place of document.querySelectorAll("[data-query-store]")) window.dash_clientside.set_props(place.dataset.queryStore, {data: asked()});
    show();
  }

  /* What stands in the address is what is pressed and chosen. */
  function show() {
    const now = asked();
    for (const button of document.querySelectorAll("[data-query-value]")) {
      const {queryName, queryValue, queryDefault} = button.dataset, pressed = String((now[queryName] || queryDefault) === queryValue);
      if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
    }
    for (const button of document.querySelectorAll("[data-query-toggle]")) {
      const on = String(now[button.dataset.queryToggle] !== button.dataset.queryOff);
      if (button.getAttribute("aria-pressed") !== on) button.setAttribute("aria-pressed", on);
    }
    for (const days of document.querySelectorAll(".range-chosen")) {
      if ((now.range || "").includes("..")) continue;
      days.classList.remove("range-chosen");
      days.lastChild.textContent = "Other days";
    }
    for (const field of document.querySelectorAll("[data-query-select]")) {
      const value = now[field.dataset.querySelect] || field.dataset.queryChosen || "";
      if (field.value !== value && document.activeElement !== field) field.value = value;
    }
  }

  /* Whatever else is asked for, its list begins at the beginning. */
  function set(pairs) {
    if (!("after" in pairs)) Object.assign(pairs, {after: "", before: ""});
    globalThis.cipAddress.change(pairs, true);
    publish();
  }

  addEventListener("click", (event) => {
    const on = (name) => event.target.closest && event.target.closest(`[data-query-${name}]`);
    const choice = on("value"), cleared = on("clear"), toggled = on("toggle");
    if (toggled) {
      const {queryToggle, queryOff} = toggled.dataset;
      set({[queryToggle]: asked()[queryToggle] === queryOff ? "" : queryOff});
    }
    if (choice) {
      const {queryName, queryValue, queryDefault} = choice.dataset;
      set({[queryName]: queryValue === queryDefault ? "" : queryValue});
    }
    const shows = event.target.closest && event.target.closest("[data-range-show]");
    if (shows) showDays(shows.closest(".range-menu"));
    const turned = on("turn");
    if (turned) set({[turned.dataset.queryTurn]: turned.dataset.queryTo, [turned.dataset.queryDrop]: ""});
    if (cleared) set(Object.fromEntries(cleared.dataset.queryClear.split(",").map((name) => [name, ""])));
  });
  addEventListener("change", (event) => {
    const name = event.target.dataset && event.target.dataset.querySelect;
    const text = event.target.closest && event.target.closest("[data-query-text]");
    if (text) {
      const typed = event.target.value.trim(), scale = Number(text.dataset.queryScale || 1);
      set({[text.dataset.queryText]: scale === 1 || typed === "" ? typed : String(Math.round(Number(typed.replace(",", ".")) * scale))});
    }
    if (name) { event.target.dataset.queryChosen = ""; set({[name]: event.target.value}); }
  });
  /* Days of one's own: the page is opened anew with them, as if by a link. */
  function showDays(menu) {
    const [first, last] = ["first", "last"].map((name) => menu.querySelector(`[data-range-day=${name}] input`).value.trim());
    const day = /^\d{4}-\d\d-\d\d$/, length = (Date.parse(last) - Date.parse(first)) / 86400000;
    const problem = !day.test(first) || !day.test(last) || Number.isNaN(length) ? "Give both days, such as 2026-01-31."
      : length < 0 ? "The first day comes after the last." : length >= 400 ? "At most 400 days are shown at once." : "";
    menu.querySelector(".range-problem").textContent = problem;
    if (problem) return;
    globalThis.cipAddress.change({range: `${first}..${last}`, after: "", before: ""}, true);
    dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  }

  /* The browser's own calendar, where it has one. */
  addEventListener("toggle", (event) => {
    if (event.target.querySelector) for (const field of event.target.querySelectorAll("[data-range-day] input")) field.type = "date";
  }, true);
  addEventListener("popstate", publish);
  addEventListener("DOMContentLoaded", () => {
    let due = false;
    new MutationObserver(() => {
      if (due) return;
      due = true;
      requestAnimationFrame(() => { due = false; show(); });
    }).observe(document.documentElement, {childList: true, subtree: true});
  });
  globalThis.cipQuery = {set};
})();
