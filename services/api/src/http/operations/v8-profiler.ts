import { Session } from 'node:inspector/promises';
import { CPU_SAMPLING_INTERVAL_US, HEAP_SAMPLING_INTERVAL_BYTES, cpuProfile, heapProfile } from './v8-profiles.ts';
import { encodeProfile } from './profile-encoder.ts';

/** One CPU profile is being taken already: V8 has one profiler. */
export class ProfilerBusyError extends Error {
  constructor() {
    super('Could not enable CPU profiling: cpu profiling already in use');
    this.name = 'ProfilerBusyError';
  }
}

/** Profiles of this process, in pprof's format. Allocations are sampled from `open` to `close`. */
export class V8Profiler {
  private readonly session = new Session();
  private isTaking = false;

  static async open(): Promise<V8Profiler> {
    const profiler = new V8Profiler();
    profiler.session.connect();
    await profiler.session.post('HeapProfiler.startSampling', { samplingInterval: HEAP_SAMPLING_INTERVAL_BYTES });
    await profiler.session.post('Profiler.enable');
    await profiler.session.post('Profiler.setSamplingInterval', { interval: CPU_SAMPLING_INTERVAL_US });
    return profiler;
  }

  /** What runs until `enough` resolves. Errors: ProfilerBusyError. */
  async cpu(enough: Promise<unknown>): Promise<Uint8Array> {
    if (this.isTaking) throw new ProfilerBusyError();
    this.isTaking = true;
    const timeMs = Date.now();
    try {
      await this.session.post('Profiler.start');
      await enough;
      const { profile } = await this.session.post('Profiler.stop');
      return encodeProfile(cpuProfile(profile, timeMs));
    } finally {
      this.isTaking = false;
    }
  }

  async heap(): Promise<Uint8Array> {
    const { profile } = await this.session.post('HeapProfiler.getSamplingProfile');
    return encodeProfile(heapProfile(profile, Date.now()));
  }

  /** After the last profile. */
  close(): void {
    this.session.disconnect();
  }
}
