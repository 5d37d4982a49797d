(() => {
  'use strict';
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
