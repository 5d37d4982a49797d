(() => {
  'use strict';
  const root = document.documentElement;
  const { charts, figures } = JSON.parse(document.getElementById('figure-data').textContent);
  const drawn = new Map();

  // Figures: drawn when they come near the window, again when the theme changes.
  const color = name => getComputedStyle(root).getPropertyValue(name).trim();
  const config = () => ({
    background: 'transparent',
    view: { stroke: null },
    font: 'system-ui, sans-serif',
    axis: { labelColor: color('--ink'), titleColor: color('--soft'), gridColor: color('--line'), domainColor: color('--line'), tickColor: color('--line'), labelLimit: 260, titleFontWeight: 500 },
    legend: { labelColor: color('--ink'), titleColor: color('--soft'), titleFontWeight: 500 },
    header: { labelColor: color('--ink'), titleColor: color('--soft') },
    text: { color: color('--ink') },
    rule: { color: color('--soft') },
    bar: { color: color('--link') },
    point: { color: color('--link'), filled: true },
    mark: { color: color('--link') },
  });
  // Below this width labels get shorter, legends get one column, and charts side by side are stacked.
  const narrowest = 420;
  const fitNarrow = (spec, settings, width) => {
    settings.axisY = { labelLimit: Math.round(width * 0.45) };
    settings.legend.columns = 1;
    settings.legend.gradientLength = 120;
    const move = node => {
      for (const [name, value] of Object.entries(node ?? {})) {
        if (name === 'color' && value.type === 'quantitative') {
          value.legend = { orient: 'bottom', ...value.legend };
        } else if (name === 'color' && value.legend) {
          value.legend.columns = 1;
        } else if (value && typeof value === 'object') {
          move(value);
        }
      }
    };
    move(spec);
    if (spec.facet?.column) {
      spec.facet = { row: { ...spec.facet.column, header: { labelAngle: 0, labelOrient: 'top' } } };
      spec.spec.width = Math.round(width * 0.58);
    }
  };
  const draw = async box => {
    const id = box.dataset.figure;
    const { chart, height, values } = figures[id];
    const spec = { ...structuredClone(charts[chart]), ...(height ? { height } : {}), data: { values } };
    if (!('width' in spec) && !('hconcat' in spec) && !('facet' in spec) && !(spec.encoding && (spec.encoding.column || spec.encoding.row))) {
      spec.width = box.clientWidth < spec.usermeta?.leastWidth ? spec.usermeta.leastWidth : 'container';
      spec.autosize = { type: 'fit-x', contains: 'padding' };
    }
    const settings = config();
    if (box.clientWidth < narrowest) {
      fitNarrow(spec, settings, box.clientWidth);
    }
    drawn.get(id)?.finalize();
    drawn.set(id, await vegaEmbed(box, spec, { mode: 'vega-lite', actions: false, renderer: 'svg', config: settings }));
    // The box is the image, with a name of its own; the data stand in the table below it.
    box.querySelector('svg').setAttribute('aria-hidden', 'true');
    box.dataset.drawn = 'true';
  };
  const observer = new IntersectionObserver(entries => {
    for (const entry of entries) {
      if (entry.isIntersecting) {
        observer.unobserve(entry.target);
        draw(entry.target);
      }
    }
  }, { rootMargin: '400px' });
  document.querySelectorAll('.chart').forEach(box => observer.observe(box));

  // Light and dark.
  const systemDark = matchMedia('(prefers-color-scheme: dark)');
  const redraw = () => document.querySelectorAll('.chart[data-drawn]').forEach(draw);
  const theme = document.getElementById('theme');
  theme.hidden = false;
  theme.addEventListener('click', () => {
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' : systemDark.matches;
    root.dataset.theme = dark ? 'light' : 'dark';
    redraw();
  });
  systemDark.addEventListener('change', redraw);
})();
