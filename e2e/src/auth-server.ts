import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the product asks, key by key. */
export interface AuthQuestion {
  readonly user: string;
  readonly password: string;
  readonly action: string;
  readonly path: string;
  readonly protocol: string;
  readonly [key: string]: unknown;
}

/** An authentication server of a user: knows passwords, and leaves the questions about some users unanswered. */
export class AuthServer {
  readonly questions: AuthQuestion[] = [];
  /** Answers that wait for `release`. */
  readonly held: ServerResponse[] = [];
  private readonly server: Server;
  private readonly passwords: Readonly<Record<string, string>>;
  private readonly slowUser: string;

  private constructor(passwords: Readonly<Record<string, string>>, slowUser: string) {
    this.passwords = passwords;
    this.slowUser = slowUser;
    this.server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8');
      request.on('data', (text: string) => (body += text));
      request.on('end', () => this.answer(JSON.parse(body) as AuthQuestion, response));
    });
  }

  static async start(passwords: Readonly<Record<string, string>>, slowUser: string): Promise<AuthServer> {
    const auth = new AuthServer(passwords, slowUser);
    await new Promise<void>((resolve) => auth.server.listen(0, '127.0.0.1', resolve));
    return auth;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/auth`;
  }

  release(): void {
    for (const response of this.held.splice(0)) response.end();
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private answer(question: AuthQuestion, response: ServerResponse): void {
    this.questions.push(question);
    const { user, password } = question;
    if (user === this.slowUser) this.held.push(response);
    else if (user !== '' && this.passwords[user] === password) response.end();
    else response.writeHead(401).end('not with me');
  }
}
