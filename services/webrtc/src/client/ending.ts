import { PeerError } from './client-session.ts';

/** The one end of something that several can bring about: the first counts. */
export class Ending<End extends { readonly reason: string }> {
  /** Rejects with PeerError when the end has come. */
  readonly over: Promise<never>;
  private readonly gone = new AbortController();
  private readonly reject: (error: PeerError) => void;
  private known: End | undefined;

  constructor() {
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => {}); // nobody may wait for it yet
    this.over = promise;
    this.reject = reject;
  }

  /** Aborts with PeerError when the end has come. */
  get signal(): AbortSignal {
    return this.gone.signal;
  }

  get end(): End | undefined {
    return this.known;
  }

  finish(end: End): void {
    if (this.known !== undefined) return;
    this.known = end;
    const error = new PeerError(end.reason);
    this.gone.abort(error);
    this.reject(error);
  }
}
