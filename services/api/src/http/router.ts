import type { HttpRequest } from '@mediamesh/http';
import type { ServerResponse } from 'node:http';

export type RouteHandler = (request: HttpRequest, response: ServerResponse, next: () => void) => unknown;

interface Route {
  readonly method: string;
  readonly segments: readonly string[];
  readonly handler: RouteHandler;
}

const ANY_METHOD = '';

/**
 * Routes in the order of their registration; the first that matches answers.
 * `:name` stands for one segment, `*name` at the end for everything after its slash, which may be nothing.
 */
export class Router {
  private readonly routes: Route[] = [];

  get(path: string, handler: RouteHandler): void {
    this.add('GET', path, handler);
  }

  post(path: string, handler: RouteHandler): void {
    this.add('POST', path, handler);
  }

  patch(path: string, handler: RouteHandler): void {
    this.add('PATCH', path, handler);
  }

  delete(path: string, handler: RouteHandler): void {
    this.add('DELETE', path, handler);
  }

  all(path: string, handler: RouteHandler): void {
    this.add(ANY_METHOD, path, handler);
  }

  /** `path` is decoded. */
  find(method: string, path: string): { readonly handler: RouteHandler; readonly params: Readonly<Record<string, string>> } | undefined {
    const segments = path.split('/');
    for (const route of this.routes) {
      if (route.method !== ANY_METHOD && route.method !== method) continue;
      const params = match(route.segments, segments);
      if (params !== undefined) return { handler: route.handler, params };
    }
    return undefined;
  }

  private add(method: string, path: string, handler: RouteHandler): void {
    this.routes.push({ method, segments: path.split('/'), handler });
  }
}

function match(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const segment = segments[index];
    if (segment === undefined) return undefined;
    if (expected.startsWith('*')) {
      params[expected.slice(1)] = segments.slice(index).join('/');
      return params;
    }
    if (expected.startsWith(':')) {
      if (segment === '') return undefined;
      params[expected.slice(1)] = segment;
    } else if (expected !== segment) return undefined;
  }
  return segments.length === pattern.length ? params : undefined;
}
