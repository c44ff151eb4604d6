import type { LoggerService } from '@nestjs/common';
import type { Logger } from '../log/logger.ts';

/** Nest's own lines, at debug only: what matters to users is said by the services. */
export class NestLogger implements LoggerService {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger.child('nest');
  }

  log(message: unknown, ...details: unknown[]): void {
    this.#write(message, details);
  }

  error(message: unknown, ...details: unknown[]): void {
    this.#write(message, details);
  }

  warn(message: unknown, ...details: unknown[]): void {
    this.#write(message, details);
  }

  debug(message: unknown, ...details: unknown[]): void {
    this.#write(message, details);
  }

  verbose(message: unknown, ...details: unknown[]): void {
    this.#write(message, details);
  }

  fatal(message: unknown, ...details: unknown[]): void {
    this.#write(message, details);
  }

  /** Nest's last detail is the class that speaks. */
  #write(message: unknown, details: readonly unknown[]): void {
    if (!this.#logger.isEnabled('debug')) return;
    const text = message instanceof Error ? (message.stack ?? message.message) : String(message);
    this.#logger.debug([...details.map(String).reverse(), text].join(': '));
  }
}
