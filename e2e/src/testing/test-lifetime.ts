import { Lifetime } from '@mediamesh/testkit';
import type { Product } from '@mediamesh/testkit';
import { onTestFailed, onTestFinished } from 'vitest';
import type { TestContext } from 'vitest';

const SHOWN_LINES = 100;

type TestHooks = Pick<TestContext, 'onTestFailed' | 'onTestFinished'>;

/** For what a test opens: closed when it ends. When it fails, what the product said last is printed. */
export function testLifetime(...products: readonly Product[]): Lifetime {
  return lifetimeWith({ onTestFailed, onTestFinished }, products);
}

/** The same for one of several tests that run at once: vitest knows which by the test's context only. */
export function concurrentTestLifetime(context: TestHooks, ...products: readonly Product[]): Lifetime {
  return lifetimeWith(context, products);
}

function lifetimeWith(hooks: TestHooks, products: readonly Product[]): Lifetime {
  const lifetime = new Lifetime();
  hooks.onTestFinished(() => lifetime.end());
  hooks.onTestFailed(() => {
    for (const product of products) console.log(product.log.tail(SHOWN_LINES));
  });
  return lifetime;
}
