import { hookStart, hookStop, hooksList } from '@mediamesh/contracts';
import type { HookOrder } from '@mediamesh/contracts';
import type { ControlPlane } from '@mediamesh/gateway';
import { HandleRequest } from '@mediamesh/platform';
import { Controller, Inject } from '@nestjs/common';
import type { z } from 'zod';

export const TEST_RUNNER = Symbol('TestRunner');

/** A hook runner that runs nothing, and remembers what it was told. */
export interface TestRunner {
  readonly instance: string;
  readonly running: Map<string, HookOrder>;
  readonly told: string[];
  readonly plane: ControlPlane;
}

@Controller()
export class TestRunnerController {
  constructor(@Inject(TEST_RUNNER) private readonly runner: TestRunner) {}

  @HandleRequest(hookStart)
  start(order: z.output<typeof hookStart.request>): z.input<typeof hookStart.reply> {
    this.runner.running.set(order.hookId, order);
    this.runner.told.push(`start ${order.hookId}`);
    return { instance: this.runner.instance };
  }

  @HandleRequest(hookStop)
  stop({ hookId, reason }: z.output<typeof hookStop.request>): z.input<typeof hookStop.reply> {
    this.runner.running.delete(hookId);
    this.runner.told.push(`stop ${hookId}${reason === '' ? '' : `: ${reason}`}`);
    return {};
  }

  @HandleRequest(hooksList)
  list(): z.input<typeof hooksList.reply> {
    return { instance: this.runner.instance, orders: [...this.runner.running.values()] };
  }
}
