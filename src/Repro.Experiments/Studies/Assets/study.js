'use strict';
const at = id => document.getElementById(id);
const letters = ['A', 'B', 'C', 'D'];
let state, number, ranks, marked, began, saving = false;
const drafts = new Map();   // choices that are not saved yet, by item

async function ask(path, body) {
  const answer = await fetch(path, body === undefined ? {} : { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  const content = await answer.json().catch(() => ({ error: `answer ${answer.status} of the study makes no sense` }));
  if (content.error) throw new Error(content.error);
  return content;
}

function say(text, kind) {
  at('message').textContent = text;
  at('message').className = kind || '';
}

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function show(id) {
  for (const part of ['enter', 'task', 'finished']) at(part).hidden = part !== id;
  at('bar').hidden = id === 'enter';
  at('save').hidden = at('order').hidden = id !== 'task';
}

function progress() {
  const done = state.done.filter(Boolean).length;
  at('progress').max = state.total;
  at('progress').value = done;
  at('done').textContent = `${done} of ${state.total}`;
}

async function start() {
  state = await ask('/api/state');
  at('who').hidden = !state.rater;
  if (!state.rater) {
    at('intro').textContent = `You will see ${state.total} prompts, each with two to four answers, and say which answers are better. You can stop at any time and go on later.`;
    show('enter');
    at('rater').focus();
    return;
  }
  at('name').textContent = state.rater;
  at('link').href = state.link;
  const first = state.done.indexOf(false);
  if (first < 0) finish(); else await open(first);
}

function finish() {
  number = state.total;
  show('finished');
  progress();
  at('previous').disabled = false;
  at('next').disabled = true;
  document.querySelector('#finished h2').focus();
}

async function open(index) {
  const item = await ask(`/api/item/${index + 1}`);
  number = index;
  ranks = drafts.get(index) || item.ranks || item.answers.map(() => null);
  began = performance.now();
  at('heading').textContent = `Prompt ${index + 1} of ${state.total}` + (state.done[index] ? ' (saved)' : '');
  const prompt = at('prompt');
  prompt.replaceChildren();
  prompt.tabIndex = 0;
  prompt.setAttribute('role', 'region');
  prompt.setAttribute('aria-label', 'Prompt');
  for (const message of item.prompt) {
    if (item.prompt.length > 1) prompt.append(element('p', message.role, 'role'));
    const text = element('div', message.text, 'text');
    text.dir = 'auto';
    prompt.append(text);
  }
  at('answers').replaceChildren(...item.answers.map(card));
  at('answers').className = `of${item.answers.length}`;
  show('task');
  progress();
  at('previous').disabled = index === 0;
  at('next').disabled = index === state.total - 1 && state.done.includes(false);
  marked = null;
  update();
  window.scrollTo(0, 0);
  at('heading').focus({ preventScroll: true });
  mark(0, false);
}

function card(text, index) {
  const letter = letters[index];
  const made = element('section', undefined, 'card answer');
  made.setAttribute('aria-label', `Answer ${letter}`);
  const top = element('div', undefined, 'top');
  const choices = element('fieldset');
  choices.append(element('legend', `Rank of answer ${letter}`));
  ranks.forEach((_, place) => {
    const label = element('label');
    const input = element('input');
    Object.assign(input, { type: 'radio', name: `rank-${index}`, value: place + 1, checked: ranks[index] === place + 1 });
    input.setAttribute('aria-label', `${place + 1}` + (place === 0 ? ', best' : place === ranks.length - 1 ? ', worst' : ''));
    input.addEventListener('change', () => { choose(index, place + 1); mark(index, false); });
    label.append(input, element('span', place + 1));
    choices.append(label);
  });
  top.append(element('h3', letter), choices);
  const content = text === '' ? element('div', '(empty answer)', 'text empty') : element('div', text, 'text');
  Object.assign(content, { tabIndex: 0, dir: 'auto' });
  content.setAttribute('role', 'region');
  content.setAttribute('aria-label', `Text of answer ${letter}`);
  made.append(top, content);
  made.addEventListener('focusin', () => mark(index, false));
  return made;
}

function mark(index, focus) {
  marked = index;
  [...at('answers').children].forEach((answer, i) => answer.classList.toggle('marked', i === index));
  if (focus) at('answers').children[index].querySelector('.text').focus();
}

function choose(index, rank) {
  ranks[index] = rank;
  drafts.set(number, ranks);
  update();
}

// B > A = C
function orderText() {
  const sorted = ranks.map((rank, i) => [rank, letters[i]]).sort((a, b) => a[0] - b[0]);
  return sorted.map(([rank, letter], i) => (i === 0 ? '' : rank === sorted[i - 1][0] ? ' = ' : ' > ') + letter).join('');
}

function update() {
  ranks.forEach((rank, i) => document.getElementsByName(`rank-${i}`).forEach(input => { input.checked = Number(input.value) === rank; }));
  const whole = ranks.every(rank => rank !== null);
  at('order').textContent = whole ? orderText() : '';
  at('save').disabled = !whole;
}

const why = error => error instanceof TypeError ? 'the study does not answer' : error.message;

async function save() {
  if (saving || ranks.includes(null)) return;
  saving = true;
  const item = number;
  try {
    await ask(`/api/item/${item + 1}`, { ranks, seconds: (performance.now() - began) / 1000 });
  } catch (error) {
    say(`Not saved: ${why(error)}. Your choice is kept here; save again.`, 'bad');
    saving = false;
    return;
  }
  state.done[item] = true;
  drafts.delete(item);
  progress();
  try {
    const next = [...state.done.keys()].map(i => (item + 1 + i) % state.total).find(i => !state.done[i]);
    if (next === undefined) finish(); else await open(next);
    say(`Prompt ${item + 1} is saved.`, 'good');
  } catch (error) {
    say(`Prompt ${item + 1} is saved. The next one cannot be shown: ${why(error)}; try again with →.`, 'bad');
  }
  saving = false;
}

async function go(index) {
  if (index < 0 || index > state.total || saving) return;
  try {
    say('');
    if (index < state.total) await open(index); else if (!state.done.includes(false)) finish();
  } catch (error) {
    say(`The prompt cannot be shown: ${why(error)}; try again.`, 'bad');
  }
}

at('enter').addEventListener('submit', async event => {
  event.preventDefault();
  const again = !at('known').hidden && at('known').dataset.name === at('rater').value;
  try {
    const answer = await ask('/api/enter', { name: at('rater').value, again });
    if (answer.known) {
      at('known').textContent = `“${answer.known}” has saved ${answer.done} rankings. If that is you, press Begin again to go on; else take another name.`;
      at('known').dataset.name = at('rater').value;
      at('known').hidden = false;
      return;
    }
    await start();
  } catch (error) {
    at('known').textContent = `You cannot begin: ${why(error)}.`;
    at('known').dataset.name = '';
    at('known').hidden = false;
  }
});
at('leave').addEventListener('click', async () => { await ask('/api/leave', {}); location.reload(); });
at('save').addEventListener('click', save);
at('previous').addEventListener('click', () => go(number - 1));
at('next').addEventListener('click', () => go(number + 1));
at('review').addEventListener('click', () => go(0));

document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat && event.key === 'Enter' || !at('keys').checked || !state || !state.rater) return;
  const on = event.target;
  if (on.matches('input:not([type=radio])') || event.key === 'Enter' && on.matches('button, a, summary')) return;
  const key = event.key.toLowerCase();
  if (key === 'p') return void go(number - 1);
  if (key === 'n') return void go(number + 1);
  if (at('task').hidden) return;
  const letter = letters.findIndex(name => name.toLowerCase() === key);
  if (letter >= 0 && letter < ranks.length) mark(letter, true);
  else if (/^[1-4]$/.test(key) && Number(key) <= ranks.length) {
    choose(marked, Number(key));
    const open = ranks.findIndex((rank, i) => rank === null && i > marked);
    const next = open >= 0 ? open : ranks.indexOf(null);
    mark(next >= 0 ? next : marked, true);
  } else if ((key === 'arrowleft' || key === 'arrowright') && !on.matches('input')) {
    mark((marked + (key === 'arrowright' ? 1 : ranks.length - 1)) % ranks.length, true);
  } else if (key === 'enter') save();
  else return;
  event.preventDefault();
});

start().catch(error => { document.querySelector('main').textContent = `The study cannot be shown: ${why(error)}.`; });
