/* The address of the Segmentation page, and a card's table as a file. */
(function () {
  "use strict";
  const none = () => window.dash_clientside.no_update;

  const segmentation = {
    address(stored) {
      const pairs = [["method", stored.method === "rfm" ? "" : stored.method], ["days", stored.days === 30 ? "" : stored.days], ["segment", stored.segment]];
      const text = pairs.filter(([, value]) => value).map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join("&");
      const search = text ? "?" + text : "";
      if (location.pathname === "/segments" && location.search !== search) history.replaceState(history.state, "", location.pathname + search);
      return none();
    },
  };

  /* A text that a spreadsheet would take for a formula gets an apostrophe. */
  function quoted(text) {
    const safe = /^[=+@\t\r]|^-(?![\d.])/.test(text) ? "'" + text : text;
    return /[",\n]/.test(safe) ? '"' + safe.replaceAll('"', '""') + '"' : safe;
  }

  addEventListener("click", (event) => {
    const button = event.target.closest && event.target.closest(".csv-button");
    const table = button && button.closest(".card").querySelector("table");
    if (!table) return;
    const cell = (one) => quoted(Array.from(one.childNodes, (part) => part.textContent.trim()).filter(Boolean).join(" "));
    const rows = Array.from(table.rows, (row) => Array.from(row.cells, cell).join(","));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff" + rows.join("\r\n") + "\r\n"], {type: "text/csv"}));
    link.download = button.title;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {segmentation});
})();
