import { afterEach, expect, test } from 'vitest';
import { ControlApiRig } from './control-api-rig.cases.ts';

let rig: ControlApiRig;
afterEach(() => rig.close());

test('the page is sent with a policy that lets nothing else run', async () => {
  rig = await ControlApiRig.open('');
  const response = await rig.fetch('/');
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  const policy = response.headers.get('content-security-policy')!;
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain('unsafe');
  const html = await response.text();
  expect(html).toContain('<script>');
  expect(html).not.toContain('<!-- script -->');
  const schema = (await rig.json('/operator/schema.json')) as { properties: object };
  expect(Object.keys(schema.properties)).toContain('hlsVariant');
});

test('not to strangers', async () => {
  rig = await ControlApiRig.open('authInternalUsers: [{user: me, pass: secret, permissions: [{action: api}]}]');
  for (const path of ['/', '/operator/schema.json', '/v3/events']) expect((await rig.fetch(path)).status).toBe(401);
});

test('nor are other routes there', async () => {
  rig = await ControlApiRig.open('');
  for (const path of ['/index.html', '/operator/', '/operator/x']) expect((await rig.fetch(path)).status).toBe(404);
});
