import { expect, test } from 'vitest';
import { Lifetime } from './lifetime.ts';

test('closes in reverse order, and everything although something fails', async () => {
  const closed: string[] = [];
  const lifetime = new Lifetime();
  const part = (name: string) => ({ close: () => closed.push(name) });
  lifetime.own(part('first'));
  lifetime.own({
    close: () => {
      throw new Error('stuck');
    },
  });
  lifetime.own(part('last'));
  await expect(lifetime.end()).rejects.toThrow('stuck');
  expect(closed).toEqual(['last', 'first']);
  await lifetime.end();
  expect(closed).toEqual(['last', 'first']);
});
