"""The HTML document around Dash, with a nonce on each of its scripts."""

from ui.csp import current_nonce

# Runs before the first paint, so that a dark page does not flash white.
THEME_SCRIPT = """
(function () {
  let kept = null;
  try { kept = localStorage.getItem("cip-theme"); } catch (error) { kept = null; }
  const dark = kept ? kept === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.setAttribute("data-bs-theme", dark ? "dark" : "light");
})();
"""

HEAD = f"""<meta name="viewport" content="width=device-width, initial-scale=1">
        <link rel="icon" href="/assets/mark.svg" type="image/svg+xml">
        <script>{THEME_SCRIPT}</script>"""

INDEX = f"""<!DOCTYPE html>
<html lang="en-GB">
    <head>
        <meta charset="utf-8">
        {HEAD}
        <title>{{%title%}}</title>
        {{%css%}}
    </head>
    <body>
        <noscript>This page needs JavaScript.</noscript>
        {{%app_entry%}}
        <footer>
            {{%config%}}
            {{%scripts%}}
            {{%renderer%}}
        </footer>
    </body>
</html>"""


def with_nonce(html: str) -> str:
    return html.replace("<script", f'<script nonce="{current_nonce()}"')
