import { posix } from 'node:path';

/** What a URL names. Contract 6.3.1. */
export type RequestTarget =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'script' }
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'page'; readonly path: string }
  | { readonly kind: 'index' | 'media' | 'file'; readonly path: string; readonly name: string };

const FILE_SUFFIX = /\.(?:ts|mp4?)$/u;
/** Segments that are empty, or begin with a dot. */
const UNUSUAL = /\/[/.]|^[/.]/u;

/** `urlPath`: decoded, from its slash on. */
export function requestTarget(urlPath: string, rawQuery: string): RequestTarget {
  const path = urlPath.substring(1);
  if (path.endsWith('/hls.min.js')) return { kind: 'script' };
  if (path === '' || path === 'favicon.ico' || path.endsWith('/hls.min.js.map')) return { kind: 'nothing' };
  const name = path.substring(path.lastIndexOf('/') + 1);
  if (name.endsWith('.m3u8')) return { kind: name === 'index.m3u8' ? 'index' : 'media', path: folderOf(path), name };
  if (FILE_SUFFIX.test(name)) return { kind: 'file', path: folderOf(path), name: name.endsWith('.mp') ? `${name}4` : name };
  if (path.endsWith('/')) return { kind: 'page', path: path.substring(0, path.length - 1) };
  return { kind: 'redirect', location: locationOf(`${urlPath}/`, rawQuery) };
}

function folderOf(path: string): string {
  return path.includes('/') && !UNUSUAL.test(path) ? path.substring(0, path.lastIndexOf('/')) : posix.dirname(posix.normalize(path));
}

/** On this server, whatever the path begins with. */
export function locationOf(urlPath: string, rawQuery: string): string {
  const clean = posix.normalize(urlPath).replace(/^[/\\]+/u, '');
  return encodeURI(`/${clean}`) + (rawQuery === '' ? '' : `?${rawQuery}`);
}
