import type { ServerResponse } from 'node:http';
import { ControlError, forwardsList, sessionKick, sessionsList } from '@mediamesh/contracts';
import type { ForwardStatus, PathCounters, SessionKind } from '@mediamesh/contracts';
import type { Gathered } from '@mediamesh/platform';
import { Inject, Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { Forward } from '../control/forwards/forward-director.ts';
import { ControlApi } from './control-api.ts';

/** Names the gateway instances whose part of an answer is not there. */
export const MISSING_INSTANCES_HEADER = 'X-Mediamesh-Missing-Instances';
/** For all pages together: an answer is late rather than never. */
const GATHER_DEADLINE_MS = 2_000;
/** Half a million sessions an instance. */
const MAX_PAGES = 1_000;

type ListReply = z.output<typeof sessionsList.reply>;
export type SessionRow = ListReply['sessions'][number]['row'];

/** What all gateways hold at one moment. */
export interface GatewaySnapshot {
  /** The earliest first. */
  readonly sessions: ReadonlyMap<SessionKind, readonly SessionRow[]>;
  readonly paths: ReadonlyMap<string, readonly PathCounters[]>;
}

/** What the gateways tell at this moment; those that do not answer in time are named in the response and in the log. */
@Injectable()
export class Gateways {
  constructor(@Inject(ControlApi) private readonly api: Pick<ControlApi, 'control' | 'client' | 'logger' | 'closing'>) {}

  /** Sessions of a kind, in no order. */
  async sessions(kind: SessionKind, response: ServerResponse): Promise<readonly SessionRow[]> {
    const rows = new Map<string, SessionRow>();
    // A session that ends moves the others: one can be on two pages.
    await this.list({ kinds: [kind], paths: false }, response, ({ instance, sessions }) => {
      for (const { row } of sessions) rows.set(`${instance} ${row.id}`, row);
    });
    return mergedRows(rows.values(), 'id');
  }

  /** Counters of all paths, by path, one row an instance. */
  async pathCounters(response: ServerResponse): Promise<ReadonlyMap<string, readonly PathCounters[]>> {
    const rows = new Map<string, PathCounters>();
    await this.list({ kinds: [], paths: true }, response, ({ instance, paths }) => {
      for (const row of paths) rows.set(`${instance} ${row.name}`, row);
    });
    return Map.groupBy(rows.values(), ({ name }) => name);
  }

  /** Sessions of several kinds and the counters of all paths, with one question. */
  async snapshot(kinds: readonly SessionKind[], response: ServerResponse): Promise<GatewaySnapshot> {
    const sessions = new Map(kinds.map((kind) => [kind, new Map<string, SessionRow>()]));
    const paths = new Map<string, PathCounters>();
    await this.list({ kinds, paths: true }, response, (reply) => {
      for (const { kind, row } of reply.sessions) sessions.get(kind)?.set(`${reply.instance} ${row.id}`, row);
      for (const row of reply.paths) paths.set(`${reply.instance} ${row.name}`, row);
    });
    return {
      sessions: new Map([...sessions].map(([kind, rows]) => [kind, mergedRows(rows.values(), 'id').sort(byCreation)])),
      paths: Map.groupBy(paths.values(), ({ name }) => name),
    };
  }

  /** How these are doing, by id, as far as an instance has them. */
  async forwards(of: readonly Forward[], response: ServerResponse): Promise<ReadonlyMap<string, ForwardStatus>> {
    const holders = new Set(of.map(({ instance }) => instance).filter((instance) => instance !== undefined));
    if (holders.size === 0) return new Map();
    const gathered = await this.gather([...holders], (expect) =>
      this.api.client.gather(forwardsList, {}, { deadlineMs: GATHER_DEADLINE_MS, signal: this.api.closing, expect }),
    );
    this.tellMissing(new Set(missingOf(gathered)), response);
    return new Map(gathered.replies.flatMap(({ reply }) => reply.forwards).map((forward) => [forward.forwardId, forward]));
  }

  /** False: no instance that answered has the session. */
  async kick(kind: SessionKind, id: string, response: ServerResponse): Promise<boolean> {
    const gathered = await this.gather(this.api.control.instances.ids(), (expect) =>
      this.api.client.gather(sessionKick, { kind, id }, { deadlineMs: GATHER_DEADLINE_MS, signal: this.api.closing, expect }),
    );
    const isFound = gathered.replies.some(({ reply }) => reply.found);
    if (!isFound) this.tellMissing(new Set(missingOf(gathered)), response);
    return isFound;
  }

  private async list(
    what: { readonly kinds: readonly SessionKind[]; readonly paths: boolean },
    response: ServerResponse,
    take: (reply: ListReply) => void,
  ): Promise<void> {
    const deadline = performance.now() + GATHER_DEADLINE_MS;
    const missing = new Set<string>();
    let expected = this.api.control.instances.ids();
    for (let page = 0; expected.length > 0 && page < MAX_PAGES; page++) {
      const deadlineMs = Math.max(1, deadline - performance.now());
      const request = { kinds: [...what.kinds], paths: what.paths, page };
      const gathered = await this.gather(expected, (expect) =>
        this.api.client.gather(sessionsList, request, { deadlineMs, signal: this.api.closing, expect }),
      );
      for (const instance of missingOf(gathered)) missing.add(instance);
      const asked = new Set(expected);
      const replies = gathered.replies.filter(({ instance }) => asked.has(instance));
      for (const { reply } of replies) take(reply);
      expected = replies.filter(({ reply }) => reply.more).map(({ instance }) => instance);
    }
    this.tellMissing(missing, response);
  }

  /** Without a connection to the others, what this service knows itself is still worth an answer. */
  private async gather<Reply>(
    expected: readonly string[],
    ask: (expect: readonly string[]) => Promise<Gathered<Reply>>,
  ): Promise<Gathered<Reply>> {
    try {
      return await ask(expected);
    } catch (error) {
      if (!(error instanceof ControlError) || error.code !== 'UNAVAILABLE') throw error;
      return { replies: [], failures: [], missing: expected };
    }
  }

  private tellMissing(instances: ReadonlySet<string>, response: ServerResponse): void {
    if (instances.size === 0) return;
    const names = [...instances].sort().join(', ');
    response.setHeader(MISSING_INSTANCES_HEADER, names);
    this.api.logger.warn(`no answer from ${names}: what they hold is missing in an answer`);
  }
}

/** The earliest first. */
export function byCreation(a: SessionRow, b: SessionRow): number {
  const difference = Date.parse(a.created) - Date.parse(b.created);
  return difference === 0 || Number.isNaN(difference) ? (a.id < b.id ? -1 : 1) : difference;
}

/** One row for all that agree in `key`. */
export function mergedRows(rows: Iterable<SessionRow>, key: string): SessionRow[] {
  return [...Map.groupBy(rows, (row) => row[key]).values()].map(merged);
}

/** A client of HLS may be served by several instances: sums, and what the one says that it came to first. */
function merged(rows: readonly SessionRow[]): SessionRow {
  const [first, ...others] = rows.toSorted((a, b) => Date.parse(a.created) - Date.parse(b.created));
  const sums = { ...first! };
  for (const [key, value] of others.flatMap((row) => Object.entries(row))) {
    if (typeof value === 'number') sums[key] = Number(sums[key] ?? 0) + value;
  }
  return sums;
}

function missingOf({ missing, failures }: Gathered<unknown>): readonly string[] {
  return [...missing, ...failures.map(({ instance }) => instance)];
}
