import { VirtualClock } from '@mediamesh/testkit';
import { beforeEach, expect, test } from 'vitest';
import { KEY_FRAME_REQUEST_INTERVAL_MS, KeyFrameRequests } from './key-frame-requests.ts';

let clock: VirtualClock;
let asked: string[];
let requests: KeyFrameRequests<string>;

beforeEach(() => {
  clock = new VirtualClock();
  asked = [];
  requests = new KeyFrameRequests((path) => asked.push(`${path} ${clock.nowMs()}`), clock.after);
});

test('the first wish asks at once, all others of its interval once more at its end', () => {
  for (let i = 0; i < 5; i++) {
    requests.want('a');
    clock.advance(150);
  }
  expect(asked).toEqual(['a 0']);
  clock.advance(KEY_FRAME_REQUEST_INTERVAL_MS);
  expect(asked).toEqual(['a 0', 'a 1000']);
});

test('whoever wants all the time gets one an interval', () => {
  for (let i = 0; i < 500; i++) {
    requests.want('a');
    clock.advance(10);
  }
  expect(asked).toEqual(['a 0', 'a 1000', 'a 2000', 'a 3000', 'a 4000', 'a 5000']);
});

test('what a key frame has granted is not asked again; what is wanted after it is', () => {
  requests.want('a');
  clock.advance(100);
  requests.want('a');
  requests.came('a');
  clock.advance(5_000);
  expect(asked).toEqual(['a 0']);
  requests.want('a');
  requests.came('a');
  requests.want('a');
  clock.advance(KEY_FRAME_REQUEST_INTERVAL_MS);
  expect(asked).toEqual(['a 0', 'a 5100', 'a 6100']);
});

test('keys do not wait for each other', () => {
  requests.want('a');
  clock.advance(10);
  requests.want('b');
  requests.came('c');
  expect(asked).toEqual(['a 0', 'b 10']);
});

test('nothing is asked after the stop, and no timer is left when nobody wants anything', () => {
  requests.want('a');
  clock.advance(KEY_FRAME_REQUEST_INTERVAL_MS);
  expect(clock.pendingTimers).toBe(0);
  requests.want('a');
  requests.want('a');
  requests.stop();
  expect(clock.pendingTimers).toBe(0);
  clock.advance(5_000);
  expect(asked).toHaveLength(2);
});
