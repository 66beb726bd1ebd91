from dash import html

from ui.components.attributes import aria


def icon(name: str, class_name: str = "") -> html.I:
    """A decoration beside a word; a button that shows only an icon carries its own `aria-label`."""
    return html.I(className=f"bi bi-{name} {class_name}".strip(), **aria(hidden="true"))
