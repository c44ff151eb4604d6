// The history of the configuration: revisions, what differs between them, and the way back. Goes behind operator.js.

const REVISIONS_A_PAGE = 20;
let historyPage = 0;

async function showHistory() {
  const problem = byId('history-problem');
  problem.textContent = '';
  byId('differences').hidden = true;
  try {
    const { items, pageCount } = await ask(`v3/config/revisions/list?itemsPerPage=${REVISIONS_A_PAGE}&page=${historyPage}`);
    fill('history', items.map(revisionCells));
    byId('pages').replaceChildren(
      ...pageButtons({ page: historyPage, pageCount, texts: ['Newer', 'Older'] }, (page) => {
        historyPage = page;
        void showHistory();
      }),
    );
  } catch (error) {
    fill('history', []);
    byId('pages').replaceChildren();
    byId('history').querySelector('.empty').textContent = error.message;
  }
}

function revisionCells({ number, created, origin, user, address, detail }, index) {
  const actions = element('div', { class: 'actions' });
  const isNewest = historyPage === 0 && index === 0;
  if (number > 1) actions.append(historyButton('What changed', number, () => compare(number - 1, number)));
  if (!isNewest) {
    actions.append(
      historyButton('Compare', number, () => compare(number)),
      historyButton('Roll back', number, () => rollBack(number)),
    );
  }
  const made = element('time', { datetime: created }, new Date(created).toLocaleString());
  return [`${number}${isNewest ? ', runs now' : ''}`, made, [user, address].filter(Boolean).join(' at ') || origin, detail, actions];
}

function historyButton(text, number, act) {
  const button = element('button', { type: 'button', 'data-key': `${text} ${number}`, 'aria-label': `${text}: revision ${number}` }, text);
  button.addEventListener('click', () => act().catch((error) => void (byId('history-problem').textContent = error.message)));
  return button;
}

/** Without `to`: with what runs. */
async function compare(from, to) {
  const { changes } = await ask(`v3/config/revisions/compare?from=${from}${to === undefined ? '' : `&to=${to}`}`);
  byId('differences-title').textContent = to === undefined ? `From revision ${from} to what runs` : `What revision ${to} changed`;
  const places = { global: '', pathDefaults: 'all paths', paths: 'path ' };
  byId('differences').hidden = false;
  fill(
    'differences',
    changes.map(({ place, path, key, before, after }) => [`${places[place]}${path} ${key}`.trim(), valueText(before), valueText(after)]),
  );
  byId('differences').focus();
}

function valueText(value) {
  return value === null ? element('span', { class: 'quiet' }, 'not set') : element('code', {}, JSON.stringify(value));
}

async function rollBack(number) {
  if (!confirm(`Go back to revision ${number}? The configuration is again what it was then. This makes a new revision.`)) return;
  await ask(`v3/config/revisions/rollback/${number}`, { method: 'POST' });
  historyPage = 0;
  await showHistory();
}
