/* Small things that need no server: theme, menu, titles, addresses, keys. */
(function () {
  "use strict";
  const none = () => window.dash_clientside.no_update;
  const plain = (text) => encodeURIComponent(text).replaceAll("%2C", ",").replaceAll("%3A", ":");

  /* Sets what is given in the query string, drops what is empty, and leaves the rest as it is. */
  function change(pairs, push) {
    const asked = new URLSearchParams(location.search);
    for (const [key, value] of Object.entries(pairs)) if (value) asked.set(key, value); else asked.delete(key);
    const text = [...asked].map(([key, value]) => `${plain(key)}=${plain(value)}`).join("&"), search = text ? "?" + text : "";
    if (location.search === search) return;
    history[push ? "pushState" : "replaceState"](history.state, "", location.pathname + search);
  }
  globalThis.cipAddress = {change};

  const shell = {
    theme(clicks) {
      const root = document.documentElement;
      if (clicks) {
        const next = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
        root.setAttribute("data-bs-theme", next);
        try { localStorage.setItem("cip-theme", next); } catch (error) { console.info("The theme is not kept:", error.message); }
      }
      return root.getAttribute("data-bs-theme");
    },
    menu(clicks, path, expanded) {
      const trigger = window.dash_clientside.callback_context.triggered_id;
      const open = trigger === "menu-button" && expanded !== "true";
      for (const link of document.querySelectorAll(".nav-entry")) {
        const target = link.getAttribute("href");
        const here = target === "/" ? path === "/" : path === target || path.startsWith(target + "/");
        if (here) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
      }
      return [open ? "shell shell-open" : "shell", String(open)];
    },
    title(page, tenant, customer) {
      const own = /^\/customers\/.+/.test(location.pathname) && customer ? customer : page && page.title;
      // After Dash's own title callback, which runs on the same change.
      setTimeout(() => { if (own) document.title = tenant ? `${own} · ${tenant}` : own; }, 0);
      return none();
    },
    signedOut(lost) {
      if (lost) location.assign("/login?next=" + encodeURIComponent(location.pathname + location.search));
      return none();
    },
    /* What stands in the address of the page that was just opened. */
    drilled() {
      return new URLSearchParams(location.search).get("drill");
    },
    drilling(to) {
      return to ? "drill-panel drill-open" : "drill-panel";
    },
    retry(clicks) {
      return clicks.some(Boolean) ? Date.now() : none();
    },
  };

  const realtime = {
    /* Ranges replace each other; metrics come and go, between one and four of them. Each choice is a history entry. */
    choose(_ranges, _metrics, _compare, stored) {
      const {triggered_id: trigger, triggered, inputs_list: inputs} = window.dash_clientside.callback_context;
      if (!trigger || !triggered.some((one) => one.value)) return none();
      const offered = inputs[1].map((input) => input.id.name);
      let {range_name: range, metrics, compare} = stored;
      if (trigger === "realtime-compare") compare = !compare;
      else if (trigger.type === "realtime-range") range = trigger.name;
      else if (metrics.includes(trigger.name)) metrics = metrics.length > 1 ? metrics.filter((slug) => slug !== trigger.name) : metrics;
      else metrics = metrics.length < 4 ? offered.filter((slug) => slug === trigger.name || metrics.includes(slug)) : metrics;
      const list = metrics.join(",");
      change({range: range === "7d" ? "" : range, metrics: list === "revenue,orders,active_customers,events" ? "" : list, cmp: compare ? "" : "none"}, true);
      return range === stored.range_name && list === stored.metrics.join(",") && compare === stored.compare ? none() : {range_name: range, metrics, compare};
    },
    chosen(stored) {
      return window.dash_clientside.callback_context.outputs_list.map((output) => String(output.id.name === stored.range_name));
    },
    counted(stored) {
      const [metrics] = window.dash_clientside.callback_context.outputs_list, count = stored.metrics.length;
      return [metrics.map((output) => String(stored.metrics.includes(output.id.name))), String(stored.compare), `${count} ${count === 1 ? "metric" : "metrics"}`];
    },
  };

  let keystrokes = 0;
  const customers = {
    address(stored) {
      change({q: stored.search, sort: stored.sort === "name" ? "" : stored.sort}, false);
      return none();
    },
    /* The text once nobody has typed for a while. */
    typed(text) {
      const mine = ++keystrokes;
      return new Promise((resolve) => setTimeout(() => resolve(mine === keystrokes ? text || "" : none()), 300));
    },
    clear(clicks) {
      return clicks.some(Boolean) ? "" : none();
    },
  };

  window.dash_clientside = Object.assign({}, window.dash_clientside, {shell, realtime, customers});

  addEventListener("keydown", (event) => {
    const typing = event.target.closest && event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const search = document.getElementById("customers-search");
      if (search) { event.preventDefault(); search.focus(); search.select(); }
    }
  });
  /* Dash does not know the addresses pushed here, so going back to one is told to the page. */
  addEventListener("popstate", () => {
    if (location.pathname !== "/" || !document.getElementById("realtime")) return;
    const asked = new URLSearchParams(location.search);
    const metrics = (asked.get("metrics") || "revenue,orders,active_customers,events").split(",");
    window.dash_clientside.set_props("realtime-query", {data: {range_name: asked.get("range") || "7d", metrics, compare: asked.get("cmp") !== "none"}});
  });
  addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details[open].menu-holder")) if (!menu.contains(event.target)) menu.removeAttribute("open");
  });
})();
