"""The frame of every HTML export: one file, no scripts, light and dark, made to be printed."""

from html import escape

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2430; --paper: #ffffff; --soft: #5a6675;
  --line: #c9d0d8; --band: #e8ecf1; --short: #b3261e; --over: #8a5a00; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6eaf0; --paper: #14181e; --soft: #a3afbd; --line: #3a4451; --band: #232a33;
    --short: #ff9d94; --over: #f3c46b; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; color: var(--ink); background: var(--paper);
  font: 0.95rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2rem 0 0.5rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 0.25rem; } p { margin: 0.25rem 0; }
.note { color: var(--soft); }
table { border-collapse: collapse; }
th, td { border: 1px solid var(--line); padding: 0.2rem 0.45rem; text-align: left;
  vertical-align: top; }
thead th { background: var(--band); }
a { color: inherit; }
@media print {
  :root { --ink: #000; --paper: #fff; --soft: #444; --line: #999; --band: #eee;
    --short: #b3261e; --over: #8a5a00; }
  body { padding: 0; font-size: 9pt; }
  thead { display: table-header-group; } tr { break-inside: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
"""


def html_page(title: str, body: str, style: str = "") -> str:
    """Return a complete page; `body` and `style` are HTML and CSS already."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}{style}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )
