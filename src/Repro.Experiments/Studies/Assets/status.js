'use strict';
function fill(id, rows) {
  document.getElementById(id).replaceChildren(...rows.map(([name, value]) => {
    const row = document.createElement('tr'), head = document.createElement('th'), cell = document.createElement('td');
    head.scope = 'row';
    head.textContent = name;
    cell.textContent = value;
    row.append(head, cell);
    return row;
  }));
}

const number = value => value === null ? 'not yet' : value.toFixed(3);

function draw(status) {
  fill('agreement', [
    ['prompts that two or more people ranked', status.items],
    ['Krippendorff’s alpha (ordinal)', number(status.alpha)],
    ['mean Kendall’s tau-b of two raters', number(status.tau)],
    ['mean Kendall’s W of a prompt', number(status.w)],
    ['pairs of answers in the same order', status.same === null ? 'not yet' : `${(100 * status.same).toFixed(1)}%`],
  ]);
  fill('raters', status.raters.map(rater => [rater.name, `${rater.done} of ${status.total}`]));
}

async function refresh() {
  try {
    const answer = await fetch('/api/status' + location.search);
    const status = await answer.json();
    document.getElementById('problem').textContent = status.error || '';
    if (!status.error) draw(status);
  } catch {
    document.getElementById('problem').textContent = 'The study does not answer.';
  }
  setTimeout(refresh, 3000);
}

refresh();
