/* Paper is white: while it is printed a page is light, and each sheet says whose figures these are, of when, and by which filters. */
(function () {
  "use strict";
  const root = document.documentElement;
  const words = (selector) => [...document.querySelectorAll(selector)].map((one) => one.textContent.trim()).filter(Boolean);
  const sheet = new CSSStyleSheet();
  let before = null;

  addEventListener("beforeprint", () => {
    if (before) return;
    before = root.getAttribute("data-bs-theme");
    root.setAttribute("data-bs-theme", "light");
    // Charts have their colours in them.
    root.toggleAttribute("data-printed-dark", before === "dark");
    const head = document.createElement("div");
    head.className = "print-head";
    const [tenant] = words("#tenant-box .box-name"), [synthetic] = words("#tenant-box .tag-synthetic");
    const chosen = [...words("#main .page-tools [aria-pressed=true]"), ...words("#main .chips .chip")];
    const meta = words("#main .page-meta").slice(0, 1);
    head.textContent = [tenant, synthetic, ...words("#main h1").slice(0, 1), ...meta, chosen.join(", ")].filter(Boolean).join(" · ");
    document.body.prepend(head);
    // On the sheets after the first; browsers without margin boxes leave it out.
    sheet.replaceSync(`@page { @top-left { content: ${JSON.stringify(head.textContent)}; font-size: 8pt; } } @page :first { @top-left { content: none; } }`);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  });
  addEventListener("afterprint", () => {
    if (!before) return;
    root.setAttribute("data-bs-theme", before);
    root.removeAttribute("data-printed-dark");
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);
    for (const one of document.querySelectorAll(".print-head")) one.remove();
    before = null;
  });
})();
