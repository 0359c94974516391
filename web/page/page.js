'use strict';
// Draws what /api/now and /api/ways tell, every two seconds. Names are strangers': they become text nodes and strokes of
// a canvas, never markup.
(() => {
const EVERY = 2000;      // milliseconds between two looks
const PATIENCE = 8000;   // for one answer
const SHARED = 0, NOBODY = 1, SEVERAL = 2, OTHER = 3;
const WORDS = ['shared region', 'not ours', 'several', 'others'];
// Told apart in light and in dark, neighbours by lightness too.
const COLOURS = ['#4477aa', '#ee9944', '#228833', '#cc6677', '#66bbdd', '#aa3377', '#ccaa22', '#775599',
                 '#44aa99', '#dd5533', '#8899cc', '#997744'];
const $ = id => document.getElementById(id);
const state = {now: null, ways: null, lastSeen: null, colours: new Map()};

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

// Escaped as in the daemon's other answers: %25 is %, any other byte is none that can be shown.
const plain = text => text.replace(/%([0-9A-F]{2})/g, (_, hex) => {
  const code = parseInt(hex, 16);
  return code < 0x80 ? String.fromCharCode(code) : '\ufffd';
});
const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const count = (n, one, many) => n.toLocaleString('en') + ' ' + (n === 1 ? one : many);
const percent = x => (x * 100).toFixed(1) + ' %';

function bytes(n) {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let i = 0;
  while (n >= 1024 && i + 1 < units.length) { n /= 1024; ++i; }
  return n.toFixed(n < 10 && i > 0 ? 1 : 0) + ' ' + units[i];
}

// By the owner's number, which stays while the page lives: colours of neighbours in time differ.
function colourOf(owner) {
  if (owner === SHARED) return css('--shared');
  if (owner === NOBODY) return css('--ground');
  if (owner === SEVERAL || owner === OTHER) return '#8a8f93';
  if (!state.colours.has(owner)) state.colours.set(owner, COLOURS[state.colours.size % COLOURS.length]);
  return state.colours.get(owner);
}

function canvasFor(canvas, width, height) {
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.style.height = height + 'px';
  const pen = canvas.getContext('2d');
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  return pen;
}

// ---- The ways

// Slots that the time axis has: what there is, but two minutes' worth at least.
const span = () => Math.min(state.ways.most_slots, Math.max(state.ways.slots, 120));

const LEFT = 30, TOP = 4, BOTTOM = 20;

function nameOf(owner) {
  if (owner < WORDS.length) return WORDS[owner];
  const found = state.ways.owners.find(o => o.number === owner);
  return found ? plain(found.name) : '?';
}

// Of a way, the owner in a slot (counted from the oldest).
function ownerAt(way, slot) {
  for (let i = 0, at = 0; i < way.length; i += 2) {
    at += way[i];
    if (slot < at) return way[i + 1];
  }
  return NOBODY;
}

// Runs of neighbouring ways that somebody holds now: [owner, first way, how many].
function holdersNow(domain) {
  const runs = [];
  domain.ways.forEach((way, i) => {
    const owner = way.length ? way[way.length - 1] : NOBODY;
    const last = runs[runs.length - 1];
    if (last && last[0] === owner) ++last[2]; else runs.push([owner, i, 1]);
  });
  return runs;
}

function clip(pen, text, width) {
  if (pen.measureText(text).width <= width) return text;
  while (text.length > 1 && pen.measureText(text + '…').width > width) text = text.slice(0, -1);
  return text + '…';
}

function drawDomain(box, domain) {
  const canvas = box.querySelector('canvas');
  const width = box.clientWidth, rows = Math.max(1, domain.ways.length);
  const row = Math.max(7, Math.min(18, 320 / rows));
  const right = Math.min(200, width * .22), inner = width - LEFT - right;
  const pen = canvasFor(canvas, width, TOP + row * rows + BOTTOM);
  const slots = state.ways.slots, most = span(), slot = inner / most;
  const x0 = LEFT + (most - slots) * slot;
  const y = way => TOP + row * (rows - 1 - way);  // way 0 at the bottom
  pen.fillStyle = css('--ground');
  pen.fillRect(LEFT, TOP, inner, row * rows);
  domain.ways.forEach((way, i) => {
    for (let k = 0, at = 0; k < way.length; at += way[k], k += 2) {
      pen.fillStyle = colourOf(way[k + 1]);
      const from = Math.floor(x0 + at * slot), to = Math.ceil(x0 + (at + way[k]) * slot);
      pen.fillRect(from, y(i), to - from, row);
    }
  });
  pen.strokeStyle = css('--panel');
  pen.globalAlpha = .6;
  pen.lineWidth = 1;
  for (let i = 1; i < rows; ++i) {
    pen.beginPath();
    pen.moveTo(LEFT, Math.round(TOP + row * i) + .5);
    pen.lineTo(LEFT + inner, Math.round(TOP + row * i) + .5);
    pen.stroke();
  }
  pen.globalAlpha = 1;
  axes(pen, y, row, rows, inner, most);
  labels(pen, domain, y, row, LEFT + inner + 8, right - 10);
}

function axes(pen, y, row, rows, inner, most) {
  pen.fillStyle = css('--quiet');
  pen.font = '11px system-ui, "DejaVu Sans", sans-serif';
  pen.textAlign = 'right';
  pen.textBaseline = 'middle';
  const step = rows > 12 ? 5 : rows > 6 ? 2 : 1;
  for (let i = 0; i < rows; i += step) pen.fillText(String(i), LEFT - 6, y(i) + row / 2);
  pen.textBaseline = 'alphabetic';
  const bottom = TOP + row * rows + 15, seconds = most * state.ways.step_seconds;
  const parts = inner > 420 ? 5 : 2;
  for (let part = 0; part <= parts; ++part) {
    const ago = seconds * (parts - part) / parts;
    pen.textAlign = part === 0 ? 'left' : part === parts ? 'right' : 'center';
    const text = part === parts ? 'now' : ago > 120 ? +(ago / 60).toFixed(1) + ' min ago' : Math.round(ago) + ' s ago';
    pen.fillText(text, LEFT + inner * part / parts, bottom);
  }
}

// Beside the ways that they hold now, where there is room for a line.
function labels(pen, domain, y, row, x, width) {
  pen.font = '12px system-ui, "DejaVu Sans", sans-serif';
  pen.textAlign = 'left';
  pen.textBaseline = 'middle';
  let free = Infinity;
  for (const [owner, first, ways] of holdersNow(domain)) {
    const middle = (y(first) + row + y(first + ways - 1)) / 2;
    pen.fillStyle = owner > OTHER ? colourOf(owner) : css('--shared');
    pen.fillRect(x, y(first + ways - 1) + 1, 5, row * ways - 2);
    if (middle > free - 12) continue;
    free = middle;
    pen.fillStyle = owner > OTHER ? css('--ink') : css('--quiet');
    pen.fillText(clip(pen, nameOf(owner) + ' · ' + ways, width - 12), x + 10, middle);
  }
}

function domainBox(id) {
  const box = element('div', undefined, 'domain');
  box.dataset.id = id;
  const head = element('div', undefined, 'head');
  head.append(element('h2'), element('p'));
  const canvas = element('canvas');
  canvas.setAttribute('role', 'img');
  canvas.addEventListener('mousemove', event => tip(event, box));
  canvas.addEventListener('mouseleave', () => { $('tip').hidden = true; });
  box.append(head, canvas);
  return box;
}

function drawWays() {
  const all = state.ways.domains;
  const section = $('ways');
  const known = new Map([...section.children].map(box => [box.dataset.id, box]));
  for (const domain of all) {
    const id = String(domain.id);
    let box = known.get(id);
    known.delete(id);
    if (!box) section.append(box = domainBox(id));
    const facts = (state.now.domains || []).find(d => d.id === domain.id);
    box.querySelector('h2').textContent = all.length === 1 ? 'Who holds which ways' : 'L3 ' + domain.id;
    box.querySelector('p').textContent = facts ? count(facts.ways, 'way', 'ways') + ', ' + facts.shared +
        ' shared' + (facts.free ? ', of these ' + facts.free + ' free' : '') : '';
    box.querySelector('canvas').setAttribute('aria-label',
        holdersNow(domain).map(([owner, , ways]) => nameOf(owner) + ' ' + ways).join(', '));
    drawDomain(box, domain);
  }
  for (const box of known.values()) box.remove();
}

function tip(event, box) {
  const domain = state.ways.domains.find(d => String(d.id) === box.dataset.id);
  const area = box.querySelector('canvas').getBoundingClientRect();
  const right = Math.min(200, area.width * .22), inner = area.width - LEFT - right;
  const rows = domain.ways.length, row = (area.height - TOP - BOTTOM) / rows;
  const way = rows - 1 - Math.floor((event.clientY - area.top - TOP) / row);
  const ago = span() - 1 - Math.floor((event.clientX - area.left - LEFT) / inner * span());
  const slot = state.ways.slots - 1 - ago;
  const box2 = $('tip');
  box2.hidden = way < 0 || way >= rows || slot < 0 || ago < 0;
  if (box2.hidden) return;
  box2.textContent = 'way ' + way + ', ' + Math.round(ago * state.ways.step_seconds) + ' s ago: ' +
      nameOf(ownerAt(domain.ways[way], slot));
  box2.style.left = Math.min(event.clientX + 12, window.innerWidth - 240) + 'px';
  box2.style.top = event.clientY + 14 + 'px';
}

// ---- The containers

function spark(canvas, points) {
  const width = 150, height = 26, most = 120, top = 2;
  const pen = canvasFor(canvas, width, height);
  const highest = Math.max(1250, ...points);
  const y = permille => height - 2 - (height - 4) * permille / highest;
  pen.strokeStyle = css('--line');
  pen.beginPath();
  pen.moveTo(0, Math.round(y(1000)) + .5);
  pen.lineTo(width, Math.round(y(1000)) + .5);
  pen.stroke();
  pen.strokeStyle = css('--accent');
  pen.lineWidth = 1.3;
  pen.beginPath();
  let down = false;
  points.forEach((permille, i) => {
    const x = width - (points.length - i - .5) * width / most;
    if (permille < 0) { down = false; return; }
    if (down) pen.lineTo(x, y(permille)); else pen.moveTo(x, y(permille));
    down = true;
  });
  pen.stroke();
  const last = points.length ? points[points.length - 1] : -1;
  if (last < 0) return;
  pen.fillStyle = css('--accent');
  pen.beginPath();
  pen.arc(width - .5 * width / most - 1.5, y(last), top, 0, 7);
  pen.fill();
}

function against(cell, value) {
  if (value === undefined) { cell.textContent = '–'; cell.title = 'not known yet: never seen at its contract'; return; }
  const text = element('span', percent(value), value < .95 ? 'below' : value > 1.05 ? 'above' : '');
  cell.append(text);
}

function rowOf(r) {
  const tr = element('tr');
  const name = element('td', undefined, 'name');
  const swatch = element('span', undefined, 'swatch');
  const owner = r.dedicated && state.ways ? state.ways.owners.find(o => o.name === (r.pod ? r.pod + '/' + r.name : r.name)) : null;
  swatch.style.background = owner ? colourOf(owner.number) : css('--shared');
  name.append(swatch, plain(r.name));
  if (r.pod) name.append(' ', element('small', plain((r.namespace ? r.namespace + '/' : '') + r.pod)));
  name.title = plain(r.id);
  const ways = element('td', r.dedicated ? String(r.ways) : 'shared');
  ways.append(' ', element('small', r.contract ? 'of ' + r.contract : ''));
  const ipc = element('td');
  against(ipc, r.against_baseline);
  const curve = element('td');
  const canvas = element('canvas');
  curve.append(canvas);
  const why = element('td', plain(r.reason), 'why');
  why.title = plain(r.reason);
  tr.append(name, element('td', String(r.domain)), element('td'), ways, ipc, curve,
            element('td', r.ipc === undefined ? '–' : r.ipc.toFixed(2), 'n'),
            element('td', r.mpki === undefined ? '–' : r.mpki.toFixed(1), 'n'),
            element('td', r.miss_ratio === undefined ? '–' : percent(r.miss_ratio), 'n'),
            element('td', r.occupancy === undefined ? '–' : bytes(r.occupancy), 'n'), why);
  tr.children[2].append(element('span', r.state, 'state ' + r.state));
  spark(canvas, r.spark);
  return tr;
}

function figure(term, value, bad) {
  const div = element('div');
  div.append(element('dt', term), element('dd', value, bad ? 'bad' : ''));
  return div;
}

function drawNow() {
  const n = state.now;
  document.title = plain(n.node) + ' – dCat';
  $('simulated').hidden = !n.simulated;
  $('mode').textContent = n.mode || 'starting';
  $('about').textContent = plain(n.node) + ', policy ' + n.policy + ', period ' + n.period_seconds + ' s, dCat ' + n.version;
  if (!n.rows) return;
  $('figures').replaceChildren(
      figure('Containers', n.containers.toLocaleString('en')),
      figure('Periods', n.period.toLocaleString('en')),
      figure('Below baseline now', n.below_baseline.toLocaleString('en'), n.below_baseline > 0),
      figure('Guarantees broken and restored', n.violations.toLocaleString('en')),
      figure('Foreign writes', n.foreign_writes.toLocaleString('en'), n.foreign_writes > 0));
  const states = $('states');
  states.replaceChildren();
  for (const [word, many] of Object.entries(n.states)) {
    if (!many) continue;
    if (states.childNodes.length) states.append(' · ');
    states.append(element('b', many.toLocaleString('en')), ' ' + word);
  }
  $('rows').replaceChildren(...n.rows.map(rowOf));
  $('rest').textContent = n.rows_left_out === 0 ? '' : 'and ' + n.rows_left_out.toLocaleString('en') +
      ' more with fewer ways of their own; /metrics and dcat status have them all';
}

// ---- The daemon, which may go and come back

async function ask(path) {
  const answer = await fetch(path, {signal: AbortSignal.timeout(PATIENCE), credentials: 'omit'});
  if (!answer.ok) throw new Error(path + ': ' + answer.status);
  return answer.json();
}

function notice(text) {
  $('gone').hidden = !text;
  $('gone').textContent = text;
}

async function look() {
  try {
    [state.now, state.ways] = await Promise.all([ask('/api/now'), ask('/api/ways')]);
    state.lastSeen = new Date();
    notice(state.now.ready ? '' : 'Not ready: ' + plain(state.now.why));
    document.querySelector('main').classList.remove('stale');
    draw();
    document.documentElement.dataset.looks = Number(document.documentElement.dataset.looks || 0) + 1;
  } catch (error) {
    notice('The daemon does not answer' + (state.lastSeen ? '; below is what it last told, at ' +
           state.lastSeen.toLocaleTimeString() : '') + '. The page goes on asking.');
    document.querySelector('main').classList.add('stale');
  }
  setTimeout(look, EVERY);
}

function draw() {
  if (!state.now) return;
  if (state.ways) drawWays();
  drawNow();
}

addEventListener('resize', draw);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
look();
})();
