import { waitFor } from '@mediamesh/testkit';
import type { Product } from '@mediamesh/testkit';

/** Requests that are under way at once, each about paths of its own. */
const LANES = 4;
const PATHS_A_LANE = 5;
const DEADLINE_MS = 20_000;
const MAX_CHANGES_BEFORE_KILL = 60;

interface PathList {
  readonly items: readonly { readonly name: string; readonly maxReaders: number }[];
}

/** Changes paths through the API as fast as it answers, and knows which changes were accepted. */
export class ConfigWriter {
  accepted = 0;
  /** Changes without an answer that were found kept: the server was killed after it wrote, and before it answered. */
  keptUnanswered = 0;
  private readonly product: Product;
  /** What each path has by the last answer, and by requests that got none. */
  private readonly answered = new Map<string, number>();
  private readonly unanswered = new Map<string, Set<number>>();
  private value = 0;
  private lanes: Promise<unknown> = Promise.resolve();
  private running = 0;
  private stopped = true;

  constructor(product: Product) {
    this.product = product;
  }

  /** Changes until so many were accepted, and goes on. A server that refuses, as a leader that lost its lease does, is asked again. */
  async accepts(count: number): Promise<void> {
    const goal = this.accepted + count;
    this.stopped = false;
    const isDone = (): boolean => {
      if (this.running === 0) this.lanes = Promise.all(Array.from({ length: LANES }, (_, lane) => this.run(lane)));
      return this.accepted >= goal;
    };
    await waitFor(isDone, { deadlineMs: DEADLINE_MS, what: `${count} changes that are accepted` });
  }

  /** Until the last request has its answer, or its connection is gone. */
  async end(): Promise<void> {
    this.stopped = true;
    await this.lanes;
  }

  /** After the server has come back: what is lost, or was never asked for. */
  async problems(): Promise<readonly string[]> {
    const response = await fetch(this.product.apiUrl('/v3/config/paths/list?itemsPerPage=1000'));
    const { items } = (await response.json()) as PathList;
    const found = new Map(items.map(({ name, maxReaders }) => [name, maxReaders]));
    const isKeptUnanswered = (name: string): boolean => this.unanswered.get(name)?.has(found.get(name) ?? 0) === true;
    const names = [...new Set([...this.answered.keys(), ...this.unanswered.keys()])];
    const lost = names.filter((name) => found.get(name) !== this.answered.get(name) && !isKeptUnanswered(name));
    if (lost.length > 0) return lost.map((name) => `${name} has ${found.get(name)}, accepted was ${this.answered.get(name)}`);
    for (const name of names.filter(isKeptUnanswered)) {
      this.keptUnanswered++;
      this.answered.set(name, found.get(name)!);
    }
    this.unanswered.clear();
    return [];
  }

  close(): Promise<void> {
    return this.end();
  }

  private async run(lane: number): Promise<void> {
    this.running++;
    let isAnswered = true;
    for (let turn = 0; isAnswered && !this.stopped; turn++) isAnswered = await this.change(`written-${lane}-${turn % PATHS_A_LANE}`);
    this.running--;
  }

  /** Whether it was accepted. */
  private async change(name: string): Promise<boolean> {
    const value = ++this.value;
    const url = this.product.apiUrl(`/v3/config/paths/replace/${name}`);
    const response = await fetch(url, { method: 'POST', body: JSON.stringify({ maxReaders: value }) }).catch(() => undefined);
    if (response === undefined) {
      this.unanswered.set(name, (this.unanswered.get(name) ?? new Set()).add(value));
      return false;
    }
    if (response.status !== 200) return false;
    this.unanswered.delete(name);
    this.answered.set(name, value);
    this.accepted++;
    return true;
  }
}

/** Kills the control service again and again while changes are written. Errors: an accepted change that is lost. */
export async function killAmidChanges({ control }: Product, writer: ConfigWriter, kills: number): Promise<void> {
  for (let kill = 1; kill <= kills; kill++) {
    await writer.accepts(1 + Math.floor(Math.random() * MAX_CHANGES_BEFORE_KILL));
    await control.kill();
    await writer.end();
    await control.start();
    let problems: readonly string[] = [];
    // A database that is slow for a moment is not waited for: what is kept comes with its answer.
    await waitFor(async () => (problems = await writer.problems()).length === 0, {
      deadlineMs: DEADLINE_MS,
      what: `every accepted change, after kill ${kill}`,
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}: ${problems.join(', ')}`, { cause: error });
    });
  }
}
