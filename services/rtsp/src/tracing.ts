import type { Logger } from '@mediamesh/platform';
import type { MessageTrace } from '@mediamesh/rtsp';

/** Every message in the log, when that has `logLevel: debug`; as MediaMTX shows them, without secrets. */
export function tracing(logger: Logger): MessageTrace {
  return (direction, text) => {
    if (logger.isEnabled('debug')) logger.debug(`[${direction}] ${text()}`);
  };
}
