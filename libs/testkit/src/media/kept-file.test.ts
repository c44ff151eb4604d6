import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { TemporaryFolder } from '../temporary-folder.ts';
import { keptFile } from './kept-file.ts';

test('who asks at once waits for one that makes it; later nobody makes it again; a failure leaves nothing', async () => {
  const folder = new TemporaryFolder();
  onTestFinished(() => folder.close());
  const file = folder.file('clip.mp4');
  let made = 0;
  const make = async (unfinished: string): Promise<void> => {
    made++;
    writeFileSync(unfinished, 'half');
    await Promise.resolve();
    writeFileSync(unfinished, 'whole');
  };
  await expect(keptFile(file, () => Promise.reject(new Error('no encoder')))).rejects.toThrow('no encoder');
  expect(await Promise.all([keptFile(file, make), keptFile(file, make)])).toEqual([file, file]);
  await keptFile(file, make);
  expect([made, readFileSync(file, 'utf8')]).toEqual([1, 'whole']);
});

test('what another process has made meanwhile stays: it may be in use', async () => {
  const folder = new TemporaryFolder();
  onTestFinished(() => folder.close());
  const file = folder.file('clip.mp4');
  await keptFile(file, async (unfinished) => {
    writeFileSync(unfinished, 'mine');
    await Promise.resolve();
    writeFileSync(file, 'theirs');
  });
  expect(readFileSync(file, 'utf8')).toBe('theirs');
  expect(readdirSync(folder.path)).toEqual(['clip.mp4']);
});
