import { afterAll, beforeAll, describe } from 'vitest';
import { deliveryContract } from './delivery.contract.ts';
import { epochsContract } from './epochs.contract.ts';
import { BusRig } from './testing/bus-rig.ts';
import type { BusUnderTest } from './testing/bus-rig.ts';
import { windowContract } from './window.contract.ts';

/** What holds for every MediaBus, whatever carries the media. */
export function mediaBusContract(name: string, open: () => Promise<BusUnderTest>): void {
  describe(`${name} as a MediaBus`, () => {
    const rig = new BusRig(open);
    beforeAll(() => rig.open());
    afterAll(() => rig.bus.close());

    deliveryContract(rig);
    windowContract(rig);
    epochsContract(rig);
  });
}
