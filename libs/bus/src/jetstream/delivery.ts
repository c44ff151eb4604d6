/** Where a message delivered by a consumer stands: in its stream, and among the consumer's deliveries. */
export interface Delivery {
  streamSequence: number;
  consumerSequence: number;
  /** Messages that wait behind it. */
  waiting: number;
}

/** `$JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<time>.<pending>` */
const SHORT_TOKENS = 9;
const SHORT_SEQUENCE_AT = 5;
/** With domain and account hash after `ACK`, and from some servers a token at the end. */
const LONG_SEQUENCE_AT = 7;

/** Reads the reply subject of a delivered message into `target`, which is used again for each message. False for any other subject. */
export function readDelivery(reply: string, target: Delivery): boolean {
  if (!reply.startsWith('$JS.ACK.')) return false;
  let tokens = 1;
  for (let i = 0; i < reply.length; i += 1) if (reply.charCodeAt(i) === 0x2e) tokens += 1;
  if (tokens < SHORT_TOKENS) return false;
  const start = tokenStart(reply, tokens === SHORT_TOKENS ? SHORT_SEQUENCE_AT : LONG_SEQUENCE_AT);
  const dot = reply.indexOf('.', start);
  target.streamSequence = digits(reply, start);
  const next = reply.indexOf('.', dot + 1);
  target.consumerSequence = digits(reply, dot + 1);
  target.waiting = digits(reply, reply.indexOf('.', next + 1) + 1);
  return target.streamSequence > 0 && target.consumerSequence > 0;
}

function tokenStart(text: string, index: number): number {
  let at = 0;
  for (let i = 0; i < index; i += 1) at = text.indexOf('.', at) + 1;
  return at;
}

function digits(text: string, start: number): number {
  let value = 0;
  for (let i = start; i < text.length; i += 1) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  return value;
}
