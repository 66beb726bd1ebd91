/* What every chart can do by itself: turn into its table, leave as CSV or PNG, and lead to the customers behind a point. */
(function () {
  "use strict";
  const PICTURE = {width: 960, height: 320, scale: 2, pad: 24};
  const cards = () => document.querySelectorAll("section[data-chart]");
  const named = (name) => document.querySelector(`section[data-chart="${CSS.escape(name)}"]`);
  const asked = () => (new URLSearchParams(location.search).get("table") || "").split(",").filter(Boolean);
  const rowsOf = (card) => { const place = card.querySelector("[data-twin]"); return place ? JSON.parse(place.dataset.twin) : null; };
  const text = (cell) => (Array.isArray(cell) ? cell[0] : cell), value = (cell) => (Array.isArray(cell) ? cell[1] : cell);

  function make(tag, props, ...children) {
    const node = Object.assign(document.createElement(tag), props);
    node.append(...children);
    return node;
  }

  /* The table is made when somebody looks at it, and again when its rows have changed. */
  function fill(card) {
    const place = card.querySelector("[data-twin]");
    if (!place || place.cipRows === place.dataset.twin) return;
    place.cipRows = place.dataset.twin;
    const {columns, rows} = JSON.parse(place.dataset.twin);
    const kind = (column) => [column.number ? "num" : "", column.soft ? "soft" : ""].join(" ").trim();
    const head = make("tr", {}, ...columns.map((column) => make("th", {scope: "col", className: kind(column), textContent: column.name})));
    const body = rows.map((row) => make("tr", {}, ...row.cells.map((cell, index) => {
      const node = make(index ? "td" : "th", {className: kind(columns[index])});
      if (!index) node.scope = "row";
      if (!index && row.drill) {
        const button = make("button", {type: "button", className: "drill", textContent: text(cell), title: "Show the customers behind it"});
        button.dataset.drill = row.drill;
        node.append(button);
      } else node.textContent = text(cell);
      return node;
    })));
    place.replaceChildren(make("table", {className: "table table-dense"}, make("thead", {}, head), make("tbody", {}, ...body)));
  }

  function resize(card) {
    for (const graph of card.querySelectorAll(".js-plotly-plot")) if (window.Plotly && graph.data) window.Plotly.Plots.resize(graph);
  }

  function apply() {
    const tables = asked();
    for (const card of cards()) {
      const table = tables.includes(card.dataset.chart) && card.querySelector("[data-twin]");
      if (table) fill(card);
      if (Boolean(table) !== (card.dataset.view === "table")) {
        if (table) card.dataset.view = "table"; else { delete card.dataset.view; resize(card); }
      }
      const button = card.querySelector("[data-chart-twin]");
      if (button && button.getAttribute("aria-pressed") !== String(Boolean(table))) button.setAttribute("aria-pressed", String(Boolean(table)));
      for (const graph of card.querySelectorAll(".js-plotly-plot")) {
        if (graph.cipDrill || !graph.on) continue;
        graph.cipDrill = true;
        graph.on("plotly_click", (event) => {
          const found = event.points.map((point) => point.customdata).find((one) => typeof one === "string");
          if (found) drill(found);
        });
      }
    }
  }

  function turn(name) {
    const tables = asked(), there = tables.includes(name);
    globalThis.cipAddress.change({table: (there ? tables.filter((one) => one !== name) : [...tables, name]).join(",")}, false);
    apply();
  }

  function drill(to) {
    if (!document.getElementById("drill-panel")) return;
    before = before || document.activeElement;
    globalThis.cipAddress.change({drill: to}, true);
    window.dash_clientside.set_props("drill", {data: to});
  }

  let before = null;
  /* The panel takes the focus when it opens and gives it back when it closes. */
  function close() {
    globalThis.cipAddress.change({drill: ""}, true);
    window.dash_clientside.set_props("drill", {data: null});
    if (before && before.isConnected) before.focus();
    before = null;
  }

  function fileName(card, extension) {
    const shell = document.getElementById("shell"), at = card.querySelector(".chart-asof");
    const moment = at ? at.textContent.replace(/[^0-9A-Za-z]+/g, "-") : "";
    const parts = [shell && shell.dataset.tenant, card.dataset.chart, moment, shell && shell.dataset.synthetic === "true" ? "synthetic" : ""];
    return `${parts.filter(Boolean).join("-")}.${extension}`;
  }

  function save(blob, name) {
    const link = make("a", {href: URL.createObjectURL(blob), download: name});
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  /* A field that a spreadsheet would take for a formula is led by an apostrophe, as in the server's files. */
  function field(cell) {
    if (typeof cell === "number") return String(cell);
    const plain = /^[=+\-@\t\r]/.test(cell) ? "'" + cell : cell;
    return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
  }

  function csv(card) {
    const {columns, rows} = rowsOf(card);
    const lines = [columns.map((column) => field(column.name)), ...rows.map((row) => row.cells.map((cell) => field(value(cell))))];
    save(new Blob([lines.map((line) => line.join(",")).join("\r\n") + "\r\n"], {type: "text/csv;charset=utf-8"}), fileName(card, "csv"));
  }

  const loaded = (src) => new Promise((resolve, reject) => { const image = new Image(); image.onload = () => resolve(image); image.onerror = reject; image.src = src; });

  /* A table as it stands on the page: what has a colour behind it, its pictures, then its words. */
  function paint(pen, table, ratio) {
    const frame = table.getBoundingClientRect(), at = (box) => [box.left - frame.left, box.top - frame.top, box.width, box.height];
    pen.scale(ratio, ratio);
    pen.textBaseline = "middle";
    for (const node of table.querySelectorAll("*")) {
      pen.fillStyle = getComputedStyle(node).backgroundColor;
      pen.fillRect(...at(node.getBoundingClientRect()));
    }
    for (const image of table.querySelectorAll("img")) if (image.complete && image.naturalWidth) pen.drawImage(image, ...at(image.getBoundingClientRect()));
    const words = document.createTreeWalker(table, NodeFilter.SHOW_TEXT), range = document.createRange();
    while (words.nextNode()) {
      range.selectNodeContents(words.currentNode);
      const [left, top, width, height] = at(range.getBoundingClientRect()), style = getComputedStyle(words.currentNode.parentElement);
      if (width < 2) continue;
      pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
      pen.fillStyle = style.color;
      pen.fillText(words.currentNode.textContent, left, top + height / 2, width + 2);
    }
  }

  async function drawings(card) {
    const {width, height, scale, pad} = PICTURE, room = width - 2 * pad, graphs = [...card.querySelectorAll(".js-plotly-plot")];
    if (graphs.length) return Promise.all(graphs.map(async (graph) => {
      const image = await loaded(await window.Plotly.toImage(graph, {format: "png", width: room, height, scale}));
      const holder = graph.closest(".multiple"), title = holder && holder.querySelector(".multiple-title");
      return {title: title ? title.innerText : "", height, draw: (pen) => pen.drawImage(image, 0, 0, room, height)};
    }));
    const place = card.querySelector(card.dataset.view === "table" ? ".chart-twin" : ".chart-body");
    return [...place.querySelectorAll("table")].map((table) => {
      const box = table.getBoundingClientRect(), ratio = Math.min(1, room / box.width);
      return {title: "", height: box.height * ratio, draw: (pen) => paint(pen, table, ratio)};
    });
  }

  /* All graphs of the card, or else its tables, one under the other, between its title and its foot. */
  async function png(card) {
    const {width, scale, pad} = PICTURE, token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const parts = await drawings(card);
    const shell = document.getElementById("shell"), words = (selector) => { const node = card.querySelector(selector); return node ? node.textContent : ""; };
    const foot = [document.title, shell && shell.dataset.synthetic === "true" ? "Synthetic data" : "", words(".foot-side")].filter(Boolean).join(" · ");
    const tall = parts.reduce((sum, part) => sum + part.height + 24, pad * 2 + 52 + 28);
    const canvas = make("canvas", {width: width * scale, height: Math.ceil(tall * scale)});
    const pen = canvas.getContext("2d");
    pen.scale(scale, scale);
    pen.fillStyle = token("--c-surface");
    pen.fillRect(0, 0, canvas.width, canvas.height);
    const write = (line, y, font, colour) => { pen.font = font; pen.fillStyle = token(colour); pen.fillText(line, pad, y, width - 2 * pad); };
    write(words(".card-title"), pad + 14, '600 16px "Inter Variable", sans-serif', "--c-fg");
    write([words(".chart-sentence"), words(".chart-unit")].filter(Boolean).join(" · "), pad + 36, '13px "Inter Variable", sans-serif', "--c-fg-2");
    let y = pad + 52;
    for (const part of parts) {
      write(part.title, y + 12, '600 13px "Inter Variable", sans-serif', "--c-fg");
      pen.save();
      pen.translate(pad, y + 20);
      part.draw(pen);
      pen.restore();
      y += part.height + 24;
    }
    write(foot, tall - pad, '12px "Inter Variable", sans-serif', "--c-fg-3");
    canvas.toBlob((blob) => save(blob, fileName(card, "png")));
  }

  addEventListener("click", (event) => {
    const on = (name) => event.target.closest && event.target.closest(`[data-${name}]`);
    const twin = on("chart-twin"), table = on("chart-csv"), picture = on("chart-png"), deeper = on("drill");
    if (twin) turn(twin.dataset.chartTwin);
    if (table) csv(named(table.dataset.chartCsv));
    if (picture) png(named(picture.dataset.chartPng)).catch((error) => console.error("The picture could not be made:", error));
    if (deeper) drill(deeper.dataset.drill);
    if (on("drill-close")) close();
    for (const menu of document.querySelectorAll("details[open].menu-holder")) if ((table || picture) && menu.contains(event.target)) menu.removeAttribute("open");
  });
  addEventListener("keydown", (event) => { if (event.key === "Escape" && document.querySelector(".drill-open")) close(); });
  addEventListener("popstate", () => {
    apply();
    window.dash_clientside.set_props("drill", {data: new URLSearchParams(location.search).get("drill")});
  });
  addEventListener("DOMContentLoaded", () => {
    let due = false;
    new MutationObserver(() => {
      if (due) return;
      due = true;
      const title = before && document.querySelector(".drill-open .drill-title:not([data-met])");
      if (title) { title.dataset.met = "true"; title.focus(); }
      requestAnimationFrame(() => { due = false; apply(); });
    }).observe(document.documentElement, {childList: true, subtree: true, attributes: true, attributeFilter: ["data-twin"]});
  });
  globalThis.cipCharts = {apply, drill};
})();
