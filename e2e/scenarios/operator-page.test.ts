import {
  CLIPS,
  ChromiumBrowser,
  FfmpegReader,
  Lifetime,
  TOPOLOGIES,
  TemporaryFolder,
  prepareClip,
  publishWithFfmpeg,
  waitFor,
} from '@mediamesh/testkit';
import type { Clip, PlayerTab, Product } from '@mediamesh/testkit';
import { testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const DEADLINE_MS = 20_000;
/** More than a page of them, behind all others. */
const MANY_PATHS = Object.fromEntries(Array.from({ length: 210 }, (_, index) => [`z${100 + index}`, null]));
const AUTHORIZATION = `Basic ${btoa('operator:secret')}`;

describe.each(TOPOLOGIES)("the operator's page on $name", (topology) => {
  const lifetime = new Lifetime();
  const folder = lifetime.own(new TemporaryFolder());
  let product: Product;
  let browser: ChromiumBrowser;
  let clip: Clip;

  beforeAll(async () => {
    clip = await prepareClip(CLIPS.h264Opus);
    browser = lifetime.own(await ChromiumBrowser.launch());
    product = lifetime.own(
      await topology.start({
        hls: true,
        stateDirectory: './state',
        pathDefaults: { gopCache: 'burst' },
        authInternalUsers: [
          { user: 'any', permissions: [{ action: 'publish' }, { action: 'read' }] },
          { user: 'operator', pass: 'secret', permissions: [{ action: 'api' }] },
        ],
        paths: { broken: { source: 'rtsp://127.0.0.1:9/x' }, ...MANY_PATHS, all_others: null },
      }),
    );
  });
  afterAll(() => lifetime.end());

  const open = async (colorScheme: 'light' | 'dark' = 'light'): Promise<PlayerTab> => {
    const tab = await browser.open({ url: product.apiUrl('/'), user: { name: 'operator', pass: 'secret' }, colorScheme });
    expect(tab.status).toBe(200);
    return tab;
  };
  const textOf = (tab: PlayerTab, selector: string): Promise<string> => tab.page.innerText(selector);
  const shows = (tab: PlayerTab, selector: string, wanted: RegExp): Promise<unknown> =>
    waitFor(async () => wanted.test(await textOf(tab, selector)), { deadlineMs: DEADLINE_MS, what: `${String(wanted)} in ${selector}` });

  test('shows streams, sources that fail, sessions and events as they come and go', async () => {
    const during = testLifetime(product);
    const tab = during.own(await open());
    await shows(tab, '#connection', /live/);
    await shows(tab, '#paths', /broken/);
    during.own(publishWithFfmpeg({ url: product.rtspUrl('watched'), clip }));
    await shows(tab, '#paths', /watched[\s\S]*online[\s\S]*rtspSession[\s\S]*H264 \d+×\d+\s.* fps[\s\S]*Opus/);
    const reader = during.own(new FfmpegReader({ url: product.rtspUrl('watched'), folder, seconds: 60, audio: false }));
    await shows(tab, '#paths', /[1-9][\d.]* [kM]bit\/s/);
    await shows(tab, '#paths', /refused|ECONNREFUSED/);
    await tab.page.setViewportSize({ width: 1280, height: 720 });
    await tab.screenshot(`operator-paths-${topology.name}`);

    await shows(tab, '#paths-pages', /Next\s+page 1 of 2, 21\d in all/);
    await tab.page.focus('#paths-pages button');
    await tab.page.keyboard.press('Enter');
    await shows(tab, '#paths', /z309/);
    await tab.page.click('#paths-pages button:text-is("Previous")');
    await shows(tab, '#paths', /watched/);

    await tab.page.focus('#tab-paths');
    await tab.page.keyboard.press('ArrowRight');
    await shows(tab, '#sessions', /RTSP\s+publish[\s\S]*RTSP\s+read/);
    await tab.screenshot(`operator-sessions-${topology.name}`);
    tab.page.on('dialog', (dialog) => void dialog.accept());
    await tab.page.click('#sessions tr:has(td:text-is("read")) button');
    await reader.program.waitForEnd(DEADLINE_MS);

    await tab.page.keyboard.press('Tab');
    await tab.page.click('#tab-events');
    await shows(tab, '#log', /session\.closed watched[\s\S]*path\.available watched/);
    expect(tab.errors).toEqual([]);
  });

  test('changes the configuration, and says what is wrong before it is sent', async () => {
    const during = testLifetime(product);
    const tab = during.own(await open('dark'));
    await tab.page.click('#tab-configuration');
    await tab.page.fill('#keys', 'hlsSegmentCount');
    await tab.page.fill('#key-hlsSegmentCount', '"many"');
    await shows(tab, '#editors', /hlsSegmentCount must be integer/);
    expect(await tab.page.isDisabled('[data-key=hlsSegmentCount] button')).toBe(true);
    await tab.page.fill('#key-hlsSegmentCount', '9');
    await tab.screenshot(`operator-configuration-${topology.name}`);
    await tab.page.click('[data-key=hlsSegmentCount] button');
    const stored = async (): Promise<unknown> => {
      const response = await fetch(product.apiUrl('/v3/config/global/get'), { headers: { Authorization: AUTHORIZATION } });
      return ((await response.json()) as Record<string, unknown>)['hlsSegmentCount'];
    };
    await waitFor(async () => (await stored()) === 9, { deadlineMs: DEADLINE_MS, what: 'the change' });
    await shows(tab, '#editors', /saved/);
    // No secret is in the page.
    await tab.page.fill('#keys', 'authInternalUsers');
    await shows(tab, '#editors', /authInternalUsers/);
    expect(await tab.page.inputValue('#key-authInternalUsers')).toContain('<redacted>');
    expect(await tab.page.content()).not.toContain('secret"');
  });

  test('shows what the configuration was, compares, and goes back to it, with the keyboard', async () => {
    const during = testLifetime(product);
    for (const maxReaders of [11, 12]) {
      const init = { method: 'POST', headers: { Authorization: AUTHORIZATION }, body: JSON.stringify({ maxReaders }) };
      expect((await fetch(product.apiUrl('/v3/config/paths/replace/counted'), init)).status).toBe(200);
    }
    const tab = during.own(await open('dark'));
    tab.page.on('dialog', (dialog) => void dialog.accept());
    await tab.page.focus('#tab-paths');
    await tab.page.keyboard.press('End');
    await shows(tab, '#history', /runs now[\s\S]*operator at 127\.0\.0\.1[\s\S]*POST \/v3\/config\/paths\/replace\/counted/);
    const press = async (button: string, row: number): Promise<void> => {
      await tab.page.focus(`#history tbody tr:nth-child(${row}) [aria-label^="${button}"]`);
      await tab.page.keyboard.press('Enter');
    };
    await press('What changed', 1);
    await shows(tab, '#differences', /What revision \d+ changed[\s\S]*path counted maxReaders\s+11\s+12/);
    await press('Compare', 3);
    await shows(tab, '#differences', /to what runs[\s\S]*path counted\s+not set\s+\{"maxReaders":12\}/);
    await tab.screenshot(`operator-history-${topology.name}`);
    await press('Roll back', 2);
    await shows(tab, '#history', /runs now[\s\S]*POST \/v3\/config\/revisions\/rollback\/\d+/);
    const response = await fetch(product.apiUrl('/v3/config/paths/get/counted'), { headers: { Authorization: AUTHORIZATION } });
    expect(await response.json()).toMatchObject({ maxReaders: 11 });
    await press('What changed', 1);
    await shows(tab, '#differences', /maxReaders\s+12\s+11/);
    await tab.page.setViewportSize({ width: 360, height: 700 });
    expect(await tab.page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
    await tab.screenshot(`operator-history-phone-${topology.name}`);
    expect(tab.errors).toEqual([]);
  });

  test('adds a path, limits its stream, and removes it', async () => {
    const during = testLifetime(product);
    const tab = during.own(await open());
    tab.page.on('dialog', (dialog) => void dialog.accept());
    await tab.page.click('#tab-configuration');
    await tab.page.fill('#new-path', 'hall/door');
    await tab.page.keyboard.press('Enter');
    await shows(tab, '#scope', /hall\/door/);
    await tab.page.fill('#keys', 'healthAlerts');
    await tab.page.fill('#key-healthAlerts', '{"maxSilnce": "3s"}');
    await shows(tab, '#editors', /healthAlerts has maxSilnce, which is not known/);
    await tab.page.fill('#key-healthAlerts', '{"maxSilence": "3s"}');
    await tab.page.click('[data-key=healthAlerts] button');
    await shows(tab, '#editors', /saved/);
    expect(await tab.page.inputValue('#key-healthAlerts')).toMatch(/"maxSilence":\s*"3s"/);
    await tab.screenshot(`operator-path-${topology.name}`);
    await tab.page.click('#remove-path');
    await waitFor(async () => !(await textOf(tab, '#scope')).includes('hall/door'), { deadlineMs: DEADLINE_MS, what: 'no path' });
    expect(tab.errors).toEqual([]);
  });

  test('is not for strangers, and fits a phone', async () => {
    const during = testLifetime(product);
    expect((await fetch(product.apiUrl('/'))).status).toBe(401);
    const tab = during.own(await open());
    await tab.page.setViewportSize({ width: 360, height: 700 });
    await shows(tab, '#paths', /broken/);
    expect(await tab.page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
    await tab.screenshot(`operator-phone-${topology.name}`);
  });
});
