import { AsyncLocalStorage } from 'node:async_hooks';
import { spawnSync } from 'node:child_process';
import { systemFile } from './program-files.ts';

const PREFIX = 'mediamesh-test';
const entered = new AsyncLocalStorage<NetworkNamespace>();
const open = new Set<NetworkNamespace>();
let namespaces = 0;

process.on('exit', () => {
  for (const namespace of open) namespace.close();
});

/**
 * A network of its own, with nothing but a loopback interface, over which multicast goes. Needs root.
 * Programs that are started within `run` are in it; the test itself is not, and learns of them through their output.
 * It is gone at the latest when the test's process ends; those of processes that were killed go when the next one is made.
 */
export class NetworkNamespace {
  readonly name = `${PREFIX}-${process.pid}-${++namespaces}`;

  constructor() {
    if (open.size === 0) removeAbandoned();
    ip('netns', 'add', this.name);
    open.add(this);
    this.ip('link', 'set', 'lo', 'up');
    this.ip('link', 'set', 'lo', 'multicast', 'on');
    this.ip('route', 'add', '224.0.0.0/4', 'dev', 'lo');
  }

  run<T>(action: () => T): T {
    return entered.run(this, action);
  }

  /** A network interface that is not loopback, with these addresses and the default route: as a machine has. */
  addInterface(addresses: readonly string[]): void {
    this.ip('link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0-end');
    for (const end of ['eth0', 'eth0-end']) this.ip('link', 'set', end, 'up');
    for (const address of addresses) this.ip('address', 'add', `${address}/24`, 'dev', 'eth0');
    this.ip('route', 'add', 'default', 'dev', 'eth0');
  }

  /** Packets that match, as nft says it, are lost: `udp dport 8189`. */
  drop(match: string): void {
    this.execute('nft', `table inet lost { chain input { type filter hook input priority 0; ${match} drop; }; }`);
  }

  /** `ip` with these arguments, about this network. */
  ip(...args: readonly string[]): void {
    ip('-n', this.name, ...args);
  }

  /** A command in it that ends at once; what it writes. Errors: it fails. */
  execute(program: 'nft', ...args: readonly string[]): string {
    return ip('netns', 'exec', this.name, systemFile(program), ...args);
  }

  /** Idempotent. */
  close(): void {
    if (open.delete(this)) ip('netns', 'delete', this.name);
  }

  /** The command as it is to be started here: in the namespace that was entered, if any. */
  static commandHere(command: readonly string[]): readonly string[] {
    const namespace = entered.getStore();
    return namespace === undefined ? command : [systemFile('ip'), 'netns', 'exec', namespace.name, ...command];
  }
}

/** Of processes that could not end theirs. */
function removeAbandoned(): void {
  for (const [name, pid] of ip('netns', 'list').matchAll(new RegExp(`^${PREFIX}-(\\d+)-\\d+`, 'gm'))) {
    if (isRunning(Number(pid))) continue;
    spawnSync(systemFile('ip'), ['netns', 'delete', name]); // another may have done so
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** What it writes. */
export function ip(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(systemFile('ip'), args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
  return stdout;
}
