"""A page of figures and pictures in one file, without anything from elsewhere."""

import base64
import html
import math

from kgen.core.files import check_path, whole
from kgen.metrics.report.pictures import EXAMPLES, PICTURES
from kgen.metrics.report.record import write_records
from kgen.metrics.results import rows_of

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem;
       padding: 0 1rem; color: #222; }
table { border-collapse: collapse; margin: 1rem 0; }
th, td { padding: .25rem .8rem; border-bottom: 1px solid #ddd; text-align: left; }
td.value { text-align: right; font-variant-numeric: tabular-nums; }
td.best { font-weight: 600; }
.spread, .unit, figcaption { color: #666; }
figure { display: inline-block; margin: 1rem 2rem 1rem 0; vertical-align: top; }
figure img { max-width: 32rem; width: 100%; image-rendering: pixelated; }
"""


def check_report(path):
    """The path of a report, if its name ends in `.html`, with its folder made."""
    path = check_path("evaluate", "report", path, (".html",))
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def write_report(path, found, ingredients):
    """Writes a page, and a `.json` file of the same name.

    Args:
        path: `pathlib.Path` of the page.
        found: `Figures` by the name of the model.
        ingredients: `Ingredients` by the name of the model; they draw what pictures
            need and figures did not.
    """
    others = [title for title in PICTURES if title != EXAMPLES]
    body = [
        "<h1>Figures of quality</h1>",
        f"<p>{conditions(next(iter(found.values())))}</p>",
        table(found),
        *(notes(name, figures) for name, figures in found.items()),
        section("", next(iter(ingredients.values())), [EXAMPLES]),
        *(section(name, each, others) for name, each in ingredients.items()),
    ]
    title = html.escape(path.stem)
    page = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{title}</title><style>{STYLE}</style></head>"
        f"<body>{''.join(body)}</body></html>\n"
    )
    with whole(path) as partial:
        partial.write_text(page, encoding="utf-8")
    write_records(path.with_suffix(".json"), found)


def conditions(figures):
    """A sentence that says what was compared, and by whom."""
    parts = [f"{figures['num_examples']:,} held-out examples"]
    if figures.num_samples:
        parts.append(f"{figures.num_samples:,} samples")
    if figures.judge:
        parts.append(f"features: {figures.judge}")
    return html.escape("; ".join(parts) + ".")


def table(found):
    """One row for each figure, one column for each model."""
    heads = ["figure", "unit", "better", *(name or "value" for name in found)]
    rows = ["<tr>" + "".join(f"<th>{html.escape(h)}</th>" for h in heads) + "</tr>"]
    for name, unit, better, values in rows_of(found):
        best = best_of(values, better)
        row = "".join(f"<td>{html.escape(cell)}</td>" for cell in (name, unit, better))
        for key, value in values.items():
            mark = "value best" if key in best else "value"
            spread = found[key].spread.get(name)
            row += f'<td class="{mark}">{number(value, spread)}</td>'
        rows.append(f"<tr>{row}</tr>")
    return f"<table>{''.join(rows)}</table>"


def best_of(values, better):
    """Names of the models with the best value, if there are several models."""
    known = {k: v for k, v in values.items() if v is not None and not math.isnan(v)}
    if len(known) < 2 or not better:
        return []
    best = (max if better == "higher" else min)(known.values())
    return [name for name, value in known.items() if value == best]


def number(value, spread):
    """A value with its standard error, as HTML."""
    if value is None:
        return "-"
    error = "" if spread is None else f' <span class="spread">± {spread:.2g}</span>'
    return f"{value:.4g}{error}"


def notes(name, figures):
    """Notes on a model's figures, with those that could not be computed."""
    items = "".join(f"<li>{html.escape(note)}</li>" for note in figures.notes())
    if not items:
        return ""
    whose = f" for {html.escape(name)}" if name else ""
    return f"<details><summary>Notes{whose}</summary><ul>{items}</ul></details>"


def section(name, ingredients, titles):
    """Those pictures of one model that can be drawn."""
    parts = [f"<h2>{html.escape(name)}</h2>"] if name else []
    for title in titles:
        picture = PICTURES[title](ingredients)
        if picture is None:
            continue
        if isinstance(picture, str):
            reason = html.escape(f"{title}: {picture}")
            parts.append(f'<p class="unit">Not shown: {reason}</p>')
            continue
        image = base64.b64encode(picture).decode()
        parts.append(
            f'<figure><img alt="{html.escape(title)}" '
            f'src="data:image/png;base64,{image}">'
            f"<figcaption>{html.escape(title)}</figcaption></figure>"
        )
    return "".join(parts)
