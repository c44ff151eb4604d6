import type { ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { HttpRequest } from '@mediamesh/http';
import type { ControlApiOptions } from '../control-api.ts';
import type { OpenControlApi } from '../open-control-api.ts';
import { openOperationsServer } from './open-operations-server.ts';
import { ProfilerBusyError, V8Profiler } from './v8-profiler.ts';

const ROOT = '/debug/pprof';
/** Without a number of seconds, or with none that makes sense, as Go has it. */
const DEFAULT_SECONDS = 30;
/** The samples of a profile are kept in memory until it ends. */
export const MAX_PROFILE_SECONDS = 300;
const TEXT = 'text/plain; charset=utf-8';
const INDEX = `<html>
<head><title>/debug/pprof/</title></head>
<body>
<h1>/debug/pprof/</h1>
<p>Profiles of this process for <code>go tool pprof</code>:</p>
<ul>
<li><a href="profile?seconds=10">profile</a>: what runs, for <code>seconds</code></li>
<li><a href="heap">heap</a>: what is in use of JavaScript's memory that was allocated since pprof was enabled</li>
<li><a href="cmdline">cmdline</a>: the command line</li>
</ul>
</body>
</html>
`;

const compress = promisify(gzip);

/**
 * Serves profiles of this process under the paths of Go's pprof. What Node has no profile for is not there.
 * Errors: ListenError, CertificateError; nothing is left open then.
 */
export async function openPprof(options: ControlApiOptions): Promise<OpenControlApi> {
  const profiler = await V8Profiler.open();
  const server = await openOperationsServer('pprof', options, ({ closing }) => (request, response) => {
    return answer(profiler, closing, request, response);
  }).catch((error: unknown) => {
    profiler.close();
    throw error;
  });
  return {
    url: server.url,
    close: async () => {
      await server.close();
      profiler.close();
    },
  };
}

async function answer(profiler: V8Profiler, closing: AbortSignal, request: HttpRequest, response: ServerResponse): Promise<boolean> {
  switch (request.path) {
    case ROOT:
      response.setHeader('Location', `${ROOT}/`);
      send(response, 301, 'text/html; charset=utf-8', `<a href="${ROOT}/">Moved Permanently</a>.\n\n`);
      return true;
    case `${ROOT}/`:
      send(response, 200, 'text/html; charset=utf-8', INDEX);
      return true;
    case `${ROOT}/cmdline`:
      send(response, 200, TEXT, process.argv.join('\0'));
      return true;
    case `${ROOT}/symbol`:
      // Profiles name their functions.
      send(response, 200, TEXT, 'num_symbols: 0\n');
      return true;
    case `${ROOT}/heap`:
      await sendProfile(response, 'heap', profiler.heap());
      return true;
    case `${ROOT}/profile`:
      await sendProfile(response, 'profile', profiler.cpu(ended(secondsOf(request), closing, response)));
      return true;
    default:
      return false;
  }
}

function secondsOf({ query }: HttpRequest): number {
  const text = query['seconds'] ?? '';
  const seconds = /^\d+$/.test(text) ? Number(text) : 0;
  return seconds === 0 ? DEFAULT_SECONDS : Math.min(seconds, MAX_PROFILE_SECONDS);
}

/** Resolves when the time is over, nobody waits any more, or the server closes. */
function ended(seconds: number, closing: AbortSignal, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      closing.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, seconds * 1_000);
    closing.addEventListener('abort', end);
    response.once('close', end);
  });
}

async function sendProfile(response: ServerResponse, name: string, profile: Promise<Uint8Array>): Promise<void> {
  try {
    const body = await compress(await profile);
    response.setHeader('Content-Disposition', `attachment; filename="${name}"`);
    send(response, 200, 'application/octet-stream', body);
  } catch (error) {
    if (!(error instanceof ProfilerBusyError)) throw error;
    response.setHeader('X-Go-Pprof', '1');
    send(response, 500, TEXT, `${error.message}\n`);
  }
}

function send(response: ServerResponse, status: number, contentType: string, body: string | Uint8Array): void {
  if (response.destroyed) return;
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(body);
}
