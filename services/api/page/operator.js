// The operator's page: shows what the Control API says, and asks it for changes. Everything that is shown is set as text.
'use strict';

const REFRESH_MS = 2_000;
/** A minute. */
const HISTORY = 30;
const PAGE_ITEMS = 200;
/** Where everything is wanted. */
const MOST_ITEMS = 1_000;
const MAX_EVENTS = 200;
const SVG = 'http://www.w3.org/2000/svg';

const byId = (id) => document.getElementById(id);
const histories = new Map();
let ports = {};
let sessionKinds = [];
/** Entries of the configuration that push their streams to other servers. */
let forwarding = new Set();
let schema;
let chosenScope = 'global';

/** `children`: texts and elements. */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

async function ask(path, init) {
  const response = await fetch(path, init);
  const body = await response.json();
  if (!response.ok) throw new Error(body.error ?? `status ${response.status}`);
  return body;
}

function jsonRequest(method, body) {
  return { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}

async function all(kind) {
  const items = [];
  for (let page = 0, pageCount = 1; page < pageCount; page++) {
    const answer = await ask(`v3/${kind}/list?itemsPerPage=${MOST_ITEMS}&page=${page}`);
    items.push(...answer.items);
    pageCount = answer.pageCount;
  }
  return items;
}

/** Which page of a view's lists is shown. */
const pages = { paths: 0, sessions: 0 };

/** One that is not there any more becomes the last. */
async function listPage(view, kinds) {
  const ofPage = () => Promise.all(kinds.map((kind) => ask(`v3/${kind}/list?itemsPerPage=${PAGE_ITEMS}&page=${pages[view]}`)));
  const last = (lists) => Math.max(0, ...lists.map(({ pageCount }) => pageCount - 1));
  let lists = await ofPage();
  if (pages[view] > last(lists)) {
    pages[view] = last(lists);
    lists = await ofPage();
  }
  const pageCount = last(lists) + 1;
  const count = lists.reduce((sum, { itemCount }) => sum + itemCount, 0);
  const place = pageCount === 1 ? [] : [element('span', { class: 'quiet' }, `page ${pages[view] + 1} of ${pageCount}, ${count} in all`)];
  const buttons = pageButtons({ page: pages[view], pageCount, texts: ['Previous', 'Next'] }, (page) => {
    pages[view] = page;
    void refresh();
  });
  refill(byId(`${view}-pages`), [...buttons, ...place]);
  return lists.map(({ items }) => items);
}

/** Buttons to the pages beside the one that is shown. */
function pageButtons({ page, pageCount, texts: [before, after] }, turn) {
  const button = (text, to) => {
    const made = element('button', { type: 'button', 'data-key': text }, text);
    made.addEventListener('click', () => turn(to));
    return made;
  };
  return [...(page > 0 ? [button(before, page - 1)] : []), ...(page + 1 < pageCount ? [button(after, page + 1)] : [])];
}

/** What had the focus has it again. */
function refill(container, children) {
  const focused = container.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  container.replaceChildren(...children);
  if (focused !== undefined) container.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

/** Those of servers that are on: others have no lists. */
function sessionKindsOf(config) {
  const lists = (name, isOn, encryption, kind) => [
    ...(isOn && encryption !== 'strict' ? [{ kind: `${name.toLowerCase()}${kind}`, name }] : []),
    ...(isOn && encryption !== 'no' ? [{ kind: `${name.toLowerCase()}s${kind}`, name: `${name}S` }] : []),
  ];
  return [
    ...lists('RTSP', config.rtsp, config.rtspEncryption, 'sessions'),
    ...lists('RTMP', config.rtmp, config.rtmpEncryption, 'conns'),
    ...(config.hls ? [{ kind: 'hlssessions', name: 'HLS' }] : []),
    ...(config.webrtc ? [{ kind: 'webrtcsessions', name: 'WebRTC' }] : []),
    ...(config.srt ? [{ kind: 'srtconns', name: 'SRT' }] : []),
  ];
}

// --- tabs, as ARIA's practices describe them

const tabs = [...document.querySelectorAll('[role=tab]')];

function select(tab) {
  for (const each of tabs) {
    const chosen = each === tab;
    each.setAttribute('aria-selected', String(chosen));
    each.tabIndex = chosen ? 0 : -1;
    byId(each.getAttribute('aria-controls')).hidden = !chosen;
  }
  if (tab.id === 'tab-configuration') void showConfiguration();
  else if (tab.id === 'tab-history') void showHistory();
  else void refresh();
}

for (const [index, tab] of tabs.entries()) {
  tab.addEventListener('click', () => select(tab));
  tab.addEventListener('keydown', ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    const next = key === 'Home' ? tabs[0] : key === 'End' ? tabs.at(-1) : step && tabs[(index + step + tabs.length) % tabs.length];
    if (!next) return;
    next.focus();
    select(next);
  });
}

const isShown = (id) => !byId(id).hidden;

// --- bitrates

/** Bits a second since the last look, kept for the graph. */
function rateOf(key, bytes) {
  const now = performance.now();
  const history = histories.get(key) ?? { rates: [] };
  const seconds = (now - history.at) / 1_000;
  const rate = history.at === undefined || bytes < history.bytes ? 0 : ((bytes - history.bytes) * 8) / seconds;
  if (history.at !== undefined) history.rates = [...history.rates, rate].slice(-HISTORY);
  histories.set(key, { ...history, at: now, bytes });
  return history.rates;
}

function rateText(rate) {
  if (rate >= 1e6) return `${(rate / 1e6).toFixed(1)} Mbit/s`;
  return rate >= 1e3 ? `${Math.round(rate / 1e3)} kbit/s` : `${Math.round(rate)} bit/s`;
}

function graph(rates) {
  const text = rateText(rates.at(-1) ?? 0);
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', `0 0 ${HISTORY - 1} 10`);
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS(SVG, 'polyline');
  const highest = Math.max(1, ...rates);
  const from = HISTORY - rates.length;
  line.setAttribute('points', rates.map((rate, index) => `${from + index},${(9.5 - (rate / highest) * 9).toFixed(2)}`).join(' '));
  svg.append(line);
  const cell = element('div', {}, text, svg);
  return cell;
}

// --- tables

function fill(id, rows) {
  const section = byId(id);
  const labels = [...section.querySelectorAll('thead th')].map((heading) => heading.textContent);
  const body = section.querySelector('tbody');
  refill(
    body,
    rows.map(([name, ...cells]) => {
      const others = cells.map((cell, index) => element('td', { 'data-label': labels[index + 1] }, cell));
      return element('tr', {}, element('th', { scope: 'row' }, name), ...others);
    }),
  );
  section.querySelector('table').hidden = rows.length === 0;
  section.querySelector('.empty').hidden = rows.length > 0;
}

function stateOf(path) {
  if (path.available) {
    const state = element('span', { class: 'good' }, path.online === false ? 'available' : 'online');
    return element('div', {}, state, alertList(path));
  }
  return path.sourceError === null ? 'waiting' : element('span', { class: 'bad' }, path.sourceError);
}

function links(path) {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  const cell = element('div');
  for (const [name, { protocol, port }] of Object.entries(ports)) {
    const page = protocol.startsWith('http') ? '/' : '';
    const href = `${protocol}://${location.hostname}:${port}/${encoded}${page}`;
    cell.append(element('a', { href, rel: 'noreferrer', 'data-key': `${name} ${path}` }, name));
  }
  return cell;
}

/** Servers that a path is pushed to: by host, since what follows it is often a secret. */
async function forwardsOf({ name, confName, available }) {
  if (!available || !forwarding.has(confName)) return '';
  const gone = { items: [] };
  const { items } = await ask(`v3/paths/forward/list?path=${encodeURIComponent(name)}`).catch(() => gone);
  const rows = items.map(({ conf, protocol, state, lastError }) => {
    const host = URL.canParse(conf.dest) ? new URL(conf.dest).host : '';
    return element('li', state === 'error' ? { class: 'bad' } : {}, `→ ${protocol} ${host}: ${state === 'error' ? lastError : state}`);
  });
  return element('ul', { 'aria-label': 'Forwards' }, ...rows);
}

async function showPaths() {
  const [paths] = await listPage('paths', ['paths']);
  const forwards = await Promise.all(paths.map(forwardsOf));
  fill(
    'paths',
    paths.map((path, index) => [
      path.name,
      stateOf(path),
      path.source?.type ?? '',
      trackList(path),
      path.available ? graph(rateOf(`in ${path.name}`, path.inboundBytes)) : '',
      path.available ? element('div', {}, graph(rateOf(`out ${path.name}`, path.outboundBytes)), forwards[index]) : '',
      path.available ? String(path.readers.length) : '',
      path.available ? links(path.name) : '',
    ]),
  );
}

async function showSessions() {
  const kinds = sessionKinds;
  const items = await listPage(
    'sessions',
    kinds.map(({ kind }) => kind),
  );
  const lists = kinds.map(({ kind, name }, index) => items[index].map((session) => ({ kind, name, session })));
  fill(
    'sessions',
    lists
      .flat()
      .map(({ kind, name, session }) => [
        session.remoteAddr,
        name,
        session.state ?? 'read',
        session.path,
        session.user ?? '',
        graph(rateOf(`in ${session.id}`, session.inboundBytes ?? 0)),
        graph(rateOf(`out ${session.id}`, session.outboundBytes ?? 0)),
        kickButton(kind, session),
      ]),
  );
}

function kickButton(kind, { id, remoteAddr }) {
  const button = element('button', { type: 'button', 'data-key': `kick ${id}`, 'aria-label': `Disconnect ${remoteAddr}` }, 'Disconnect');
  button.addEventListener('click', () => {
    if (!confirm(`Disconnect ${remoteAddr}? It may connect again.`)) return;
    ask(`v3/${kind}/kick/${id}`, { method: 'POST' }).then(showSessions, (error) => alert(error.message));
  });
  return button;
}

async function refresh() {
  try {
    if (isShown('paths')) await showPaths();
    if (isShown('sessions')) await showSessions();
    byId('connection').textContent = 'live';
  } catch (error) {
    byId('connection').textContent = `the server does not answer (${error.message}); trying again`;
  }
}

// --- events

function listen() {
  const source = new EventSource('v3/events');
  const kinds = [
    'path.available',
    'path.unavailable',
    'session.opened',
    'session.closed',
    'source.failed',
    'alert.raised',
    'alert.cleared',
  ];
  for (const kind of kinds) source.addEventListener(kind, ({ data }) => take(JSON.parse(data)));
}

function take({ time, kind, path, data }) {
  const details = Object.values(data)
    .flat()
    .filter((value) => typeof value === 'string')
    .join(' ');
  const log = byId('log');
  const look = kind === 'source.failed' || kind === 'alert.raised' ? { class: 'bad' } : {};
  log.prepend(element('li', look, element('time', { datetime: time }, new Date(time).toLocaleTimeString()), ` ${kind} ${path} ${details}`));
  while (log.childElementCount > MAX_EVENTS) log.lastElementChild.remove();
  byId('events').querySelector('.empty').hidden = true;
  if (!kind.startsWith('session.')) void refresh();
}

// --- configuration

/** `scope`: the server, all paths, or one: `path cam1`. */
function configRoute(scope, verb) {
  if (!scope.startsWith('path ')) return `v3/config/${scope}/${verb}`;
  return `v3/config/paths/${verb}/${scope.substring(5).split('/').map(encodeURIComponent).join('/')}`;
}

async function showConfiguration() {
  byId('problem').textContent = '';
  try {
    await begun;
    const names = (await all('config/paths')).map(({ name }) => name);
    byId('scope-paths').replaceChildren(...names.map((name) => element('option', { value: `path ${name}` }, name)));
    if (chosenScope.startsWith('path ') && !names.includes(chosenScope.substring(5))) chosenScope = 'global';
    const scope = chosenScope;
    byId('scope').value = scope;
    byId('remove-path').hidden = !scope.startsWith('path ');
    const config = await ask(configRoute(scope, 'get'));
    const properties = scope === 'global' ? schema.properties : schema.$defs.path.properties;
    const keys = Object.keys(config).filter((key) => key !== 'name');
    byId('editors').replaceChildren(...keys.map((key) => keyEditor({ scope, key, value: config[key], rules: properties[key] ?? {} })));
    filterKeys();
  } catch (error) {
    byId('problem').textContent = error.message;
  }
}

/** What is being edited stays as it is. */
function filterKeys() {
  const wanted = byId('keys').value.trim().toLowerCase();
  for (const form of byId('editors').children) form.hidden = !form.dataset.key.toLowerCase().includes(wanted);
}

byId('filter').addEventListener('submit', (event) => event.preventDefault());
byId('keys').addEventListener('input', filterKeys);
byId('scope').addEventListener('change', () => {
  chosenScope = byId('scope').value;
  void showConfiguration();
});

/** Asks for a change of the list of paths, then shows `scope`. */
async function changePaths(route, init, scope) {
  byId('problem').textContent = '';
  try {
    await ask(route, init);
    byId('add-path').reset();
    chosenScope = scope;
    await learn();
    await showConfiguration();
  } catch (error) {
    byId('problem').textContent = error.message;
  }
}

byId('add-path').addEventListener('submit', (event) => {
  event.preventDefault();
  const scope = `path ${byId('new-path').value.trim()}`;
  void changePaths(configRoute(scope, 'add'), jsonRequest('POST', { source: byId('new-source').value.trim() || 'publisher' }), scope);
});

byId('remove-path').addEventListener('click', () => {
  if (!confirm(`Remove ${chosenScope.substring(5)} from the configuration? Its stream ends.`)) return;
  void changePaths(configRoute(chosenScope, 'delete'), { method: 'DELETE' }, 'global');
});

// --- begin

function portOf(address) {
  return address.substring(address.lastIndexOf(':') + 1);
}

/** What the configuration says of servers and forwards. */
async function learn() {
  const [config, paths] = await Promise.all([ask('v3/config/global/get'), all('config/paths')]);
  sessionKinds = sessionKindsOf(config);
  forwarding = new Set(paths.filter(({ forward }) => forward.length > 0).map(({ name }) => name));
  ports = {
    ...(config.hls ? { HLS: { protocol: config.hlsEncryption ? 'https' : 'http', port: portOf(config.hlsAddress) } } : {}),
    ...(config.webrtc ? { WebRTC: { protocol: config.webrtcEncryption ? 'https' : 'http', port: portOf(config.webrtcAddress) } } : {}),
    ...(config.rtsp && config.rtspEncryption !== 'strict' ? { RTSP: { protocol: 'rtsp', port: portOf(config.rtspAddress) } } : {}),
  };
}

async function begin() {
  const [info, rules] = await Promise.all([ask('v3/info'), ask('operator/schema.json'), learn()]);
  byId('version').textContent = info.version;
  schema = rules;
  listen();
  await refresh();
  setInterval(() => void refresh(), REFRESH_MS);
}

const begun = begin();
begun.catch((error) => void (byId('connection').textContent = error.message));
