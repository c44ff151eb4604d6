import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import type { Server } from 'node:net';
import { ListenError, codeOf, listenError } from './errors.ts';
import { parseListenAddress } from './listen-address.ts';
import type { ListenAddress } from './listen-address.ts';

/** Lets a server of any protocol listen on an address in the configuration's syntax, which its key is named for. Errors: ListenError. */
export async function listen(server: Server, address: string, addressKey?: string): Promise<void> {
  const parsed = parseListenAddress(address, addressKey);
  try {
    await listenOn(server, parsed);
  } catch (error) {
    throw error instanceof ListenError ? error : listenError(address, addressKey, error);
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
    const code = codeOf(error, '');
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
