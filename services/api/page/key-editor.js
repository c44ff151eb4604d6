// A form for each key of the configuration. It is sent as one script with operator.js, which uses it.
/* eslint-disable no-unused-vars */
'use strict';

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

/** Other words for those of `encryption` keys, which the API never answers with. */
const ALIASES = ['true', 'false', 'yes'];
const MAX_ROWS = 14;
/** Longer JSON takes several lines. */
const MAX_FLAT = 50;

/** How a value is entered: texts and numbers as they are, words from a list, everything else as JSON. */
function inputOf(id, value, { type, enum: words }) {
  const asChoice = (choices) => {
    const select = element('select', { id }, ...choices.map((word) => element('option', {}, String(word))));
    select.value = String(value);
    return { input: select, read: () => ({ value: choices[select.selectedIndex] }) };
  };
  if (typeof value === 'boolean') return asChoice([true, false]);
  if (words !== undefined) return asChoice(words.filter((word) => typeof word === 'string' && (word === value || !ALIASES.includes(word))));
  if (typeof value === 'string' || typeof value === 'number') {
    const input = element('input', { id, autocomplete: 'off', spellcheck: 'false' });
    input.value = String(value);
    const isNumber = typeof value === 'number' && (() => input.value.trim() !== '' && Number.isFinite(Number(input.value)));
    return { input, read: () => ({ value: isNumber && isNumber() ? Number(input.value) : input.value }) };
  }
  const flat = JSON.stringify(value);
  const text = flat.length > MAX_FLAT ? JSON.stringify(value, null, 2) : flat;
  const area = element('textarea', { id, rows: String(Math.min(MAX_ROWS, text.split('\n').length)), spellcheck: 'false' });
  area.value = text;
  return { input: area, read: () => parsed(area.value) };
}

function parsed(text) {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { problem: 'is not JSON: texts are in quotes' };
  }
}

/** What is wrong is said before it is sent; once it is saved, only this form is made anew: others may be being edited. */
function keyEditor({ scope, key, value, rules }) {
  const { input, read } = inputOf(`key-${key}`, value, rules);
  const before = JSON.stringify(value);
  const label = element('label', { for: input.id }, key, element('small', {}, rules.description ?? ''));
  const save = element('button', { type: 'submit', class: 'main', disabled: '' }, 'Save');
  const says = element('output', { class: 'bad', for: input.id });
  const form = element('form', { class: 'key', 'data-key': key }, label, input, save, says);
  input.addEventListener('input', () => {
    const entered = read();
    const problem = entered.problem ?? problemOf(entered.value, rules);
    says.textContent = problem === undefined ? '' : `${key} ${problem}`;
    input.setAttribute('aria-invalid', String(problem !== undefined));
    save.disabled = problem !== undefined || JSON.stringify(entered.value) === before;
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (save.disabled) return;
    saveKey({ scope, key, value: read().value, rules }).then(
      (saved) => {
        form.replaceWith(saved);
        saved.querySelector(`#key-${key}`).focus();
        saved.querySelector('output').append(element('span', { class: 'good' }, 'saved'));
      },
      (error) => void (says.textContent = error.message),
    );
  });
  return form;
}

/** The form of what is stored then. */
async function saveKey({ scope, key, value, rules }) {
  await ask(configRoute(scope, 'patch'), jsonRequest('PATCH', { [key]: value }));
  const [config] = await Promise.all([ask(configRoute(scope, 'get')), learn()]);
  return keyEditor({ scope, key, value: config[key], rules });
}
