// The operator's page: shows what the Control API says, and asks it for changes. Everything that is shown is set as text.
'use strict';

const REFRESH_MS = 2_000;
/** A minute. */
const HISTORY = 30;
const PAGE_ITEMS = 1_000;
const MAX_EVENTS = 200;
const SVG = 'http://www.w3.org/2000/svg';

const byId = (id) => document.getElementById(id);
const histories = new Map();
const failures = new Map();
let ports = {};
let sessionKinds = [];
let schema = { properties: {} };

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

async function list(kind) {
  return (await ask(`v3/${kind}/list?itemsPerPage=${PAGE_ITEMS}`)).items;
}

/** Those of servers that are on: others have no lists. */
function sessionKindsOf(config) {
  const lists = (name, isOn, encryption, kind) => [
    ...(isOn && encryption !== 'strict' ? [`${name}${kind}`] : []),
    ...(isOn && encryption !== 'no' ? [`${name}s${kind}`] : []),
  ];
  return [
    ...lists('rtsp', config.rtsp, config.rtspEncryption, 'sessions'),
    ...lists('rtmp', config.rtmp, config.rtmpEncryption, 'conns'),
    ...(config.hls ? ['hlssessions'] : []),
    ...(config.webrtc ? ['webrtcsessions'] : []),
    ...(config.srt ? ['srtconns'] : []),
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
  const labels = [...section.querySelectorAll('th')].map((heading) => heading.textContent);
  const body = section.querySelector('tbody');
  const focused = body.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  body.replaceChildren(
    ...rows.map((cells) => element('tr', {}, ...cells.map((cell, index) => element('td', { 'data-label': labels[index] }, cell)))),
  );
  section.querySelector('table').hidden = rows.length === 0;
  section.querySelector('.empty').hidden = rows.length > 0;
  if (focused !== undefined) body.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

function stateOf(path) {
  if (path.available) {
    const state = element('span', { class: 'good' }, path.online === false ? 'available' : 'online');
    return element('div', {}, state, alertList(path));
  }
  const failure = failures.get(path.name);
  return failure === undefined ? 'waiting' : element('span', { class: 'bad' }, failure);
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

async function showPaths() {
  const paths = await list('paths');
  fill(
    'paths',
    paths.map((path) => {
      const source = path.source === null ? '' : path.source.type;
      if (path.available) failures.delete(path.name);
      return [
        path.name,
        stateOf(path),
        source,
        trackList(path),
        graph(rateOf(`in ${path.name}`, path.inboundBytes)),
        graph(rateOf(`out ${path.name}`, path.outboundBytes)),
        String(path.readers.length),
        path.available ? links(path.name) : '',
      ];
    }),
  );
}

async function showSessions() {
  const lists = await Promise.all(sessionKinds.map(async (kind) => (await list(kind)).map((session) => ({ kind, session }))));
  fill(
    'sessions',
    lists
      .flat()
      .map(({ kind, session }) => [
        session.remoteAddr,
        kind.replace(/s$/, ''),
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
  if (kind === 'source.failed') failures.set(path, data.error);
  const details = Object.values(data)
    .flat()
    .filter((value) => typeof value === 'string')
    .join(' ');
  const log = byId('log');
  log.prepend(element('li', {}, element('time', { datetime: time }, new Date(time).toLocaleTimeString()), ` ${kind} ${path} ${details}`));
  while (log.childElementCount > MAX_EVENTS) log.lastElementChild.remove();
  byId('events').querySelector('.empty').hidden = true;
  if (kind.startsWith('path.') || kind.startsWith('alert.')) void refresh();
}

// --- configuration

/** What the schema says is wrong with a value; undefined when it fits. */
function problemOf(value, { type, enum: words, items, pattern, anyOf, minimum, properties, additionalProperties }) {
  if (anyOf !== undefined) return anyOf.every((each) => problemOf(value, each) !== undefined) ? 'does not fit' : undefined;
  if (words !== undefined)
    return words.includes(value) ? undefined : `must be one of ${words.map((word) => JSON.stringify(word)).join(', ')}`;
  const types = type === undefined ? [] : [type].flat();
  const actual = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
  if (types.length > 0 && !types.some((each) => each === actual || (each === 'integer' && Number.isInteger(value))))
    return `must be ${types.join(' or ')}`;
  if (typeof value === 'string' && pattern !== undefined && !new RegExp(pattern, 'u').test(value)) return `must look like ${pattern}`;
  if (actual === 'number' && minimum !== undefined && value < minimum) return `must be at least ${minimum}`;
  if (actual === 'object' && properties !== undefined) {
    for (const [key, member] of Object.entries(value)) {
      const problem = properties[key] ? problemOf(member, properties[key]) : additionalProperties === false && 'is not known';
      if (problem) return `has ${key}, which ${problem}`;
    }
  }
  if (actual === 'array' && items !== undefined)
    return value.map((item) => problemOf(item, items)).find((problem) => problem !== undefined);
  return undefined;
}

async function showConfiguration() {
  const scope = byId('scope').value;
  byId('problem').textContent = '';
  try {
    await begun;
    const config = await ask(`v3/config/${scope}/get`);
    const properties = scope === 'global' ? schema.properties : (schema.$defs?.path?.properties ?? {});
    const keys = Object.keys(config).filter((key) => key !== 'name');
    byId('editors').replaceChildren(...keys.map((key) => editor(scope, key, config[key], properties[key] ?? {})));
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

function editor(scope, key, value, rules) {
  const text = JSON.stringify(value);
  const input = element('textarea', { id: `key-${key}`, rows: text.length > 60 ? '3' : '1', spellcheck: 'false' });
  input.value = text;
  const label = element('label', { for: input.id }, key, element('small', {}, rules.description ?? ''));
  const save = element('button', { type: 'submit', class: 'main', disabled: '' }, 'Save');
  const says = element('output', { class: 'bad' });
  const form = element('form', { class: 'key', 'data-key': key }, label, input, save, says);
  const read = () => {
    try {
      return { value: JSON.parse(input.value) };
    } catch {
      return { problem: 'is not JSON: texts are in quotes' };
    }
  };
  input.addEventListener('input', () => {
    const entered = read();
    const problem = entered.problem ?? problemOf(entered.value, rules);
    says.textContent = problem === undefined ? '' : `${key} ${problem}`;
    save.disabled = problem !== undefined || input.value === text;
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const init = { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ [key]: read().value }) };
    ask(`v3/config/${scope}/patch`, init).then(showConfiguration, (error) => void (says.textContent = error.message));
  });
  return form;
}

byId('filter').addEventListener('submit', (event) => event.preventDefault());
byId('keys').addEventListener('input', filterKeys);
byId('scope').addEventListener('change', () => void showConfiguration());

// --- begin

function portOf(address) {
  return address.substring(address.lastIndexOf(':') + 1);
}

async function begin() {
  const [info, config, rules] = await Promise.all([ask('v3/info'), ask('v3/config/global/get'), ask('operator/schema.json')]);
  byId('version').textContent = info.version;
  schema = rules;
  sessionKinds = sessionKindsOf(config);
  ports = {
    ...(config.hls ? { HLS: { protocol: config.hlsEncryption ? 'https' : 'http', port: portOf(config.hlsAddress) } } : {}),
    ...(config.webrtc ? { WebRTC: { protocol: config.webrtcEncryption ? 'https' : 'http', port: portOf(config.webrtcAddress) } } : {}),
    ...(config.rtsp && config.rtspEncryption !== 'strict' ? { RTSP: { protocol: 'rtsp', port: portOf(config.rtspAddress) } } : {}),
  };
  listen();
  await refresh();
  setInterval(() => void refresh(), REFRESH_MS);
}

const begun = begin();
begun.catch((error) => void (byId('connection').textContent = error.message));
