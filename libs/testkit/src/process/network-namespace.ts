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
  const { status, stderr } = spawnSync(systemFile('ip'), args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
}
