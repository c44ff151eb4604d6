import { readFileSync } from 'node:fs';
import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ControlApiModule } from '../control-api.module.ts';
import { ControlApiRig } from '../control-api-rig.cases.ts';
import type { ControlApi } from '../control-api.ts';
import { SESSION_LISTS } from '../session-lists.ts';
import { UnknownRouteController } from '../unknown-route.controller.ts';
import { openApiDocument } from './document.ts';
import { OPERATIONS } from './operations.ts';

type Controller = abstract new (...parameters: never) => object;

/** `GET /v3/paths/get/{name}` of every handler of a controller. */
function routesOf(controller: Controller): string[] {
  const prototype = controller.prototype as Readonly<Record<string, object>>;
  const base = Reflect.getMetadata(PATH_METADATA, controller) as string;
  const names = Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor');
  return names.flatMap((name) => {
    const path = Reflect.getMetadata(PATH_METADATA, prototype[name]!) as string | undefined;
    if (path === undefined) return [];
    const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, prototype[name]!) as number];
    const route = `/${base}${path === '/' ? '' : `/${path}`}`.replace(/[*:](name|id|number)$/u, '{$1}');
    return `${method} ${route}`;
  });
}

/** The routes of sessions are those of each list. */
function expanded(route: string): string[] {
  if (!route.includes(':list')) return [route];
  return [...SESSION_LISTS].flatMap(([name, { canKick }]) => (route.includes('/kick/') && !canKick ? [] : route.replace(':list', name)));
}

test('every handler is described, and nothing else', () => {
  const { controllers } = ControlApiModule.register({} as ControlApi);
  const handlers = (controllers as readonly Controller[])
    .filter((controller) => controller !== UnknownRouteController)
    .flatMap(routesOf)
    .filter((route) => route.includes(' /v3/'))
    .flatMap(expanded);
  expect(OPERATIONS.map(({ method, path }) => `${method.toUpperCase()} ${path}`).sort()).toEqual(handlers.sort());
});

test('operation ids are unique', () => {
  expect(new Set(OPERATIONS.map(({ id }) => id)).size).toBe(OPERATIONS.length);
});

test('every reference leads somewhere', () => {
  const document = openApiDocument('1.2.3');
  const text = JSON.stringify(document);
  for (const [, pointer] of text.matchAll(/"\$ref":"#\/([^"]+)"/gu)) {
    const found = pointer!.split('/').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], document);
    expect([pointer, typeof found]).toEqual([pointer, 'object']);
  }
});

test('the committed document is up to date', () => {
  const root = new URL('../../../../../', import.meta.url);
  const read = (file: string): unknown => JSON.parse(readFileSync(new URL(file, root), 'utf8'));
  const { version } = read('package.json') as { version: string };
  expect(read('docs/openapi.json')).toEqual(JSON.parse(JSON.stringify(openApiDocument(version))));
});

describe('the served document', () => {
  let rig: ControlApiRig;
  beforeAll(async () => {
    rig = await ControlApiRig.open();
  });
  afterAll(() => rig.close());

  test('is the same, with the version that runs', async () => {
    const response = await rig.fetch('/v3/openapi.json');
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const { version } = (await rig.json('/v3/info')) as { version: string };
    expect(await response.json()).toEqual(JSON.parse(JSON.stringify(openApiDocument(version.slice(1)))));
  });
});
