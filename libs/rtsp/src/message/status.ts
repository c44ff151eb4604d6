/** Status codes that we send or act on. Source: RFC 2326 11, RFC 4567 4.2 (463). */
export const RtspStatus = {
  ok: 200,
  movedPermanently: 301,
  found: 302,
  seeOther: 303,
  useProxy: 305,
  badRequest: 400,
  unauthorized: 401,
  notFound: 404,
  sessionNotFound: 454,
  unsupportedTransport: 461,
  keyManagementFailure: 463,
  internalServerError: 500,
  notImplemented: 501,
  serviceUnavailable: 503,
} as const;

const PHRASES: ReadonlyMap<number, string> = new Map([
  [200, 'OK'],
  [301, 'Moved Permanently'],
  [302, 'Found'],
  [303, 'See Other'],
  [305, 'Use Proxy'],
  [400, 'Bad Request'],
  [401, 'Unauthorized'],
  [404, 'Not Found'],
  [454, 'Session Not Found'],
  [461, 'Unsupported Transport'],
  [463, 'Key Management Failure'],
  [500, 'Internal Server Error'],
  [501, 'Not Implemented'],
  [503, 'Service Unavailable'],
]);

export function reasonPhrase(status: number): string {
  return PHRASES.get(status) ?? 'Unknown';
}
