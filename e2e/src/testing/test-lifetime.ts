import { Lifetime } from '@mediamesh/testkit';
import type { Product } from '@mediamesh/testkit';
import { onTestFailed, onTestFinished } from 'vitest';

const SHOWN_LINES = 40;

/** For what a test opens: closed when it ends. When it fails, what the product said last is printed. */
export function testLifetime(...products: readonly Product[]): Lifetime {
  const lifetime = new Lifetime();
  onTestFinished(() => lifetime.end());
  onTestFailed(() => {
    for (const product of products) console.log(product.log.tail(SHOWN_LINES));
  });
  return lifetime;
}
