import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { ClientFigures, ClientRequest } from '../client/client-process.ts';

export const CLIENT_ARGUMENT = '--client-process';

/** The measuring process's side of a process of clients. */
export class ClientFork {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, { readonly resolve: (value: never) => void; readonly reject: (error: Error) => void }>();
  private nextId = 0;

  constructor() {
    this.child = fork(process.argv[1]!, [CLIENT_ARGUMENT], { serialization: 'advanced' });
    this.child.on('message', ({ id, value, error }: { readonly id: number; readonly value: never; readonly error?: string }) => {
      const call = this.waiting.get(id);
      this.waiting.delete(id);
      if (error === undefined) call?.resolve(value);
      else call?.reject(new Error(error));
    });
    this.child.on('exit', (code) => {
      for (const { reject } of this.waiting.values()) reject(new Error(`a process of clients ended with code ${code}`));
    });
  }

  ask<Value = void>(request: ClientRequest): Promise<Value> {
    const id = this.nextId++;
    return new Promise<Value>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.child.send({ id, request });
    });
  }

  figures(): Promise<ClientFigures> {
    return this.ask({ kind: 'figures' });
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }
}
