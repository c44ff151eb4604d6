import { AsyncLocalStorage } from 'node:async_hooks';
import { spawnSync } from 'node:child_process';
import { systemFile } from './program-files.ts';

const entered = new AsyncLocalStorage<NetworkNamespace>();
let namespaces = 0;

/**
 * A network of its own, with nothing but a loopback interface, over which multicast goes. Needs root.
 * Programs that are started within `run` are in it; the test itself is not, and learns of them through their output.
 */
export class NetworkNamespace {
  private readonly name = `mediamesh-test-${process.pid}-${++namespaces}`;

  constructor() {
    ip('netns', 'add', this.name);
    ip('-n', this.name, 'link', 'set', 'lo', 'up');
    ip('-n', this.name, 'link', 'set', 'lo', 'multicast', 'on');
    ip('-n', this.name, 'route', 'add', '224.0.0.0/4', 'dev', 'lo');
  }

  run<T>(action: () => T): T {
    return entered.run(this, action);
  }

  /** A network interface that is not loopback, with these addresses and the default route: as a machine has. */
  addInterface(addresses: readonly string[]): void {
    ip('-n', this.name, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0-end');
    for (const end of ['eth0', 'eth0-end']) ip('-n', this.name, 'link', 'set', end, 'up');
    for (const address of addresses) ip('-n', this.name, 'address', 'add', `${address}/24`, 'dev', 'eth0');
    ip('-n', this.name, 'route', 'add', 'default', 'dev', 'eth0');
  }

  /** Packets that match, as nft says it, are lost: `udp dport 8189`. */
  drop(match: string): void {
    const rules = `table inet lost { chain input { type filter hook input priority 0; ${match} drop; }; }`;
    run([systemFile('ip'), 'netns', 'exec', this.name, systemFile('nft'), rules]);
  }

  close(): void {
    ip('netns', 'delete', this.name);
  }

  /** The command as it is to be started here: in the namespace that was entered, if any. */
  static commandHere(command: readonly string[]): readonly string[] {
    const namespace = entered.getStore();
    return namespace === undefined ? command : [systemFile('ip'), 'netns', 'exec', namespace.name, ...command];
  }
}

function ip(...args: readonly string[]): void {
  run([systemFile('ip'), ...args]);
}

function run([command, ...args]: readonly string[]): void {
  const { status, stderr } = spawnSync(command!, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
}
