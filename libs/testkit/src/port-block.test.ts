import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { PortBlock } from './port-block.ts';

test('ports of a block are distinct, pairs are even, and blocks do not overlap', async () => {
  const blocks = await Promise.all([PortBlock.reserve(), PortBlock.reserve(), PortBlock.reserve()]);
  const ports: number[] = [];
  for (const block of blocks) {
    ports.push(await block.take());
    const pair = await block.takePair();
    expect(pair % 2).toBe(0);
    ports.push(pair, pair + 1, await block.take());
  }
  expect(new Set(ports).size).toBe(ports.length);
  await Promise.all(blocks.map((block) => block.close()));
});

test('a port that is in use is passed over', async () => {
  const block = await PortBlock.reserve();
  const used = (await block.take()) + 1;
  const server = createServer().listen(used, '127.0.0.1');
  await once(server, 'listening');
  expect(await block.take()).toBe(used + 1);
  server.close();
  await block.close();
});

test('a block ends', async () => {
  const block = await PortBlock.reserve();
  const take = async (): Promise<never> => {
    for (;;) await block.take();
  };
  await expect(take()).rejects.toThrow('all are taken');
  await block.close();
});
