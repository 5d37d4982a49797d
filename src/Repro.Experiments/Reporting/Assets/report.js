(() => {
  'use strict';
  const root = document.documentElement;
  const specs = JSON.parse(document.getElementById('figure-data').textContent);
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
  // Below this width labels would collide; the box scrolls instead.
  const narrowest = 420;
  const draw = async box => {
    const id = box.dataset.figure;
    const spec = structuredClone(specs[id]);
    if (!('width' in spec) && !('hconcat' in spec) && !('facet' in spec) && !(spec.encoding && (spec.encoding.column || spec.encoding.row))) {
      spec.width = box.clientWidth < narrowest ? narrowest : 'container';
      spec.autosize = { type: 'fit-x', contains: 'padding' };
    }
    drawn.get(id)?.finalize();
    drawn.set(id, await vegaEmbed(box, spec, { mode: 'vega-lite', actions: false, renderer: 'svg', config: config() }));
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

  // Filters; the address keeps them, so that a filtered view can be linked.
  const form = document.getElementById('filters');
  const shown = document.getElementById('shown');
  const claims = [...document.querySelectorAll('details.claim')];
  const texts = new Map(claims.map(claim => [claim, `${claim.id} ${claim.textContent}`.toLowerCase()]));
  let chosen = null;
  form.hidden = false;
  const apply = () => {
    const filter = Object.fromEntries(new FormData(form));
    const words = filter.text.toLowerCase().split(/\s+/).filter(word => word);
    let count = 0;
    for (const claim of claims) {
      const visible = (!chosen || chosen.has(claim.id))
        && ['paper', 'kind', 'class', 'verdict'].every(key => !filter[key] || claim.dataset[key] === filter[key])
        && words.every(word => texts.get(claim).includes(word));
      claim.hidden = !visible;
      count += visible;
    }
    shown.textContent = count === claims.length ? `${count} claims` : `${count} of ${claims.length} claims`;
    const query = new URLSearchParams(Object.entries(filter).filter(([, value]) => value)).toString();
    history.replaceState(null, '', (query ? `?${query}` : location.pathname) + location.hash);
  };
  const show = ids => {
    for (const element of form.elements) { if (element.name) { element.value = ''; } }
    chosen = ids;
    apply();
  };
  form.addEventListener('input', () => { chosen = null; apply(); });
  form.addEventListener('submit', event => event.preventDefault());
  form.addEventListener('reset', event => { event.preventDefault(); show(null); });
  document.querySelectorAll('a.count').forEach(link => link.addEventListener('click', event => {
    event.preventDefault();
    show(new Set(link.dataset.ids.split(' ')));
    document.getElementById('claims').scrollIntoView();
  }));

  // Deep links: the address of a claim opens it.
  const follow = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.matches('details.claim')) {
      if (target.hidden) { show(null); }
      target.open = true;
      target.scrollIntoView();
    }
  };
  addEventListener('hashchange', follow);
  document.getElementById('claims').addEventListener('toggle', event => {
    if (event.target.matches('details.claim') && event.target.open) { history.replaceState(null, '', `${location.search}#${event.target.id}`); }
  }, true);
  for (const [name, value] of new URLSearchParams(location.search)) {
    if (form.elements[name]) { form.elements[name].value = value; }
  }
  if (location.search) { apply(); }
  follow();
})();
