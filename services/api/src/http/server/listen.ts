import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import type { Server } from 'node:net';
import { ListenError, parseListenAddress } from '@mediamesh/net';
import type { ListenAddress } from '@mediamesh/net';

/** Listens on an address in the configuration's syntax. Errors: ListenError. */
export async function listen(server: Server, address: string, addressKey: string): Promise<void> {
  const parsed = parseListenAddress(address, addressKey);
  try {
    await listenOn(server, parsed);
  } catch (error) {
    if (error instanceof ListenError) throw error;
    const { code = 'EIO', message } = error as NodeJS.ErrnoException;
    throw new ListenError(code, `cannot listen on ${address}: ${message}; ${addressKey} names it`, { cause: error });
  }
}

async function listenOn(server: Server, address: ListenAddress): Promise<void> {
  if (address.kind === 'unix') {
    removeStaleSocket(address.path);
    await listening(server, { path: address.path });
    chmodSync(address.path, 0o755);
    return;
  }
  const { host, port, family } = address;
  try {
    await listening(server, { host, port, ipv6Only: family === 'ipv6' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (family !== 'dual' || (code !== 'EAFNOSUPPORT' && code !== 'EADDRNOTAVAIL')) throw error;
    await listening(server, { host: '0.0.0.0', port }); // a machine without IPv6
  }
}

function listening(server: Server, options: { host?: string; port?: number; path?: string; ipv6Only?: boolean }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** What a process that was killed left behind; anything but a socket is not ours to remove. */
function removeStaleSocket(path: string): void {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isSocket()) throw new ListenError('EEXIST', `cannot listen on unix://${path}: the file exists and is not a socket`);
  unlinkSync(path);
}
