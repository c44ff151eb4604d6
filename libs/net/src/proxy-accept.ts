import type { Socket } from 'node:net';
import { concatBytes, EMPTY_BYTES } from '@mediamesh/bytes';
import type { Endpoint } from './endpoint.ts';
import { endpointOf } from './endpoint.ts';
import { ConnectionError } from './errors.ts';
import { parseProxyHeader } from './proxy-header.ts';
import type { TimerWheel } from './timer-wheel.ts';

export interface ProxyAcceptOptions {
  readonly timers: TimerWheel;
  readonly timeoutMs: number;
  /** `source` is undefined when there was no header, or it names none. What followed the header is back in the socket, which is paused. */
  readonly onDone: (source: Endpoint | undefined) => void;
}

/**
 * Reads the optional PROXY header of a new connection from a trusted peer.
 *
 * Errors: the socket is destroyed with a ParseError, or with a ConnectionError when half a header is all that comes within the timeout. A peer that sends nothing in that time is accepted without one.
 */
export function acceptProxied(socket: Socket, options: ProxyAcceptOptions): void {
  let bytes: Uint8Array = EMPTY_BYTES;
  const finish = (source: Endpoint | undefined, rest: Uint8Array): void => {
    leave();
    if (rest.length > 0) socket.unshift(rest);
    options.onDone(source);
  };
  const onData = (chunk: Uint8Array): void => {
    bytes = bytes.length === 0 ? chunk : concatBytes([bytes, chunk]);
    try {
      const header = parseProxyHeader(bytes);
      if (header === 'incomplete') return;
      if (header === 'absent') finish(undefined, bytes);
      else finish(endpointOfSource(header.source), bytes.subarray(header.sizeBytes));
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  };
  const fail = (error: Error): void => {
    leave();
    socket.destroy(error);
  };
  const timer = options.timers.schedule(options.timeoutMs, () => {
    if (bytes.length === 0) finish(undefined, bytes);
    else fail(new ConnectionError('PROXY_HEADER_TIMEOUT', 'the PROXY header was not completed in time'));
  });
  const leave = (): void => {
    options.timers.cancel(timer);
    socket.off('data', onData);
    socket.off('close', leave);
    socket.pause();
  };
  socket.on('data', onData);
  socket.on('close', leave);
}

function endpointOfSource(source: { address: string; port: number } | undefined): Endpoint | undefined {
  return source === undefined ? undefined : endpointOf(source.address, source.port);
}
