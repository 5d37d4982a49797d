"""Draws bench/history.jsonl: for each benchmark the ratio C#/Python of every record, oldest first. The picture is one SVG file that loads nothing.

chart.py FILE
"""
import html
import math
import pathlib
import sys

import history

PANEL = (230, 96)
COLUMNS = 4
MARGIN = 16
COLOURS = ["#1b6ca8", "#c2571a", "#3b7d3b", "#7b4fa3", "#8a6d1d", "#a3324b"]


def place(ratio, limit):
    """Height of a ratio in a panel; logarithmic, 1 in the middle."""
    return PANEL[1] / 2 + math.log(ratio) / limit * (PANEL[1] / 2 - 8)


def panel(name, points, records, colours):
    limit = max(math.log(2), max(abs(math.log(ratio)) for _, ratio in points))
    width = PANEL[0] - 2 * MARGIN
    parts = [f'<text x="0" y="-6" class="name">{html.escape(name)}</text>', f'<line x1="0" x2="{width}" y1="{PANEL[1] / 2}" y2="{PANEL[1] / 2}" class="even"/>']
    for index, ratio in points:
        record = records[index]
        x = width * (index + 0.5) / len(records)
        title = f"{ratio:.2f} on {record['date'][:10]}, {record['commit']}, {record['processor']}, clock {record['clock']}"
        parts.append(f'<circle cx="{x:.1f}" cy="{place(ratio, limit):.1f}" r="4" fill="{colours[key(record)]}"><title>{html.escape(title)}</title></circle>')
    parts.append(f'<text x="{width}" y="-6" class="last">{points[-1][1]:.2f}</text>')
    return "".join(parts)


def key(record):
    """What must be the same for two records to be compared."""
    return f"{record['processor']}, {record['clock']} clock, torch {record['python']['torch']} in Python"


def draw(records):
    colours = {name: COLOURS[number % len(COLOURS)] for number, name in enumerate(dict.fromkeys(key(record) for record in records))}
    series = {}
    for index, record in enumerate(records):
        for name, times in record["microseconds"].items():
            if times["python"]:
                series.setdefault(name, []).append((index, times["csharp"] / times["python"]))
    rows = math.ceil(len(series) / COLUMNS)
    top = 44 + 18 * len(colours)
    width, height = COLUMNS * PANEL[0] + MARGIN, top + rows * (PANEL[1] + 34) + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        "<style>text{font:12px sans-serif;fill:#222}.head{font-size:15px;font-weight:bold}.last{text-anchor:end;font-weight:bold}.even{stroke:#bbb}</style>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="{MARGIN}" y="24" class="head">Time of C# over time of Python, {len(records)} records; below the line C# is slower, logarithmic</text>',
    ]
    for number, (name, colour) in enumerate(colours.items()):
        y = 44 + 18 * number
        parts.append(f'<circle cx="{MARGIN + 4}" cy="{y - 4}" r="4" fill="{colour}"/><text x="{MARGIN + 14}" y="{y}">{html.escape(name)}</text>')
    for number, (name, points) in enumerate(series.items()):
        x, y = MARGIN + number % COLUMNS * PANEL[0], top + 20 + number // COLUMNS * (PANEL[1] + 34)
        parts.append(f'<g transform="translate({x} {y})">{panel(name, points, records, colours)}</g>')
    return "\n".join([*parts, "</svg>", ""])


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    if not history.FILE.exists():
        sys.exit(f"{history.FILE} is not there: `make bench ARGS=--record` makes the first record.")
    target = pathlib.Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(draw(history.read()), encoding="utf-8")
    print(target)


if __name__ == "__main__":
    main()
