import { Agent, createServer, request as sendRequest } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** GET and HEAD may be asked again elsewhere. */
const IDEMPOTENT = new Set(['GET', 'HEAD']);

/** What a plain load balancer does: each request to the next backend, and to the one after it when that one is gone before an answer began. */
export class RoundRobinProxy {
  /** Requests that were sent to another backend, since the first was gone. */
  repeated = 0;
  /** Answers that a backend began and did not end. */
  cutBodies = 0;
  private readonly server: Server;
  private readonly agent = new Agent({ keepAlive: true });
  private readonly backends: string[] = [];
  private next = 0;

  /** `backends`: `http://host:port`, each. */
  static async open(backends: readonly string[]): Promise<RoundRobinProxy> {
    const proxy = new RoundRobinProxy();
    for (const backend of backends) proxy.add(backend);
    await new Promise<void>((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  private constructor() {
    this.server = createServer((request, response) => this.pass(request, response));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  add(backend: string): void {
    this.backends.push(new URL(backend).origin);
  }

  remove(backend: string): void {
    const index = this.backends.indexOf(new URL(backend).origin);
    if (index >= 0) this.backends.splice(index, 1);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.agent.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private pass(request: IncomingMessage, response: ServerResponse): void {
    // Bodies are not kept: a request that has one is tried once.
    const order = this.backends.map((_, index) => this.backends[(this.next + index) % this.backends.length]!);
    this.next++;
    this.attempt(request, response, IDEMPOTENT.has(request.method ?? '') ? order : order.slice(0, 1));
  }

  /** `backends`: those that are left to be asked. */
  private attempt(request: IncomingMessage, response: ServerResponse, [backend, ...others]: readonly string[]): void {
    if (response.destroyed) return;
    if (backend === undefined) return fail(response);
    const { method, headers } = request;
    let began = false;
    const outgoing = sendRequest(new URL(request.url ?? '/', backend), { method, headers, agent: this.agent });
    // The socket of a request that is over may have the next one already.
    response.once('close', () => response.writableFinished || outgoing.destroy());
    outgoing.on('response', (answer) => {
      began = true;
      response.writeHead(answer.statusCode!, answer.rawHeaders);
      answer.on('error', () => {}); // told by `close`, too
      answer.on('close', () => {
        if (answer.complete || response.destroyed) return;
        this.cutBodies++;
        response.destroy();
      });
      answer.pipe(response);
    });
    outgoing.on('error', () => {
      if (began || response.destroyed) return;
      if (others.length > 0) this.repeated++;
      this.attempt(request, response, others);
    });
    if (IDEMPOTENT.has(method ?? '')) outgoing.end();
    else request.pipe(outgoing);
  }
}

function fail(response: ServerResponse): void {
  response.statusCode = 502;
  response.end();
}
