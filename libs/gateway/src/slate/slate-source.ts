import { ControlError, SLATE_SOURCE } from '@mediamesh/contracts';
import { TimedIngest } from '@mediamesh/media';
import type { PublishingGateway } from '../stream-publisher.ts';
import { StreamPublisher } from '../stream-publisher.ts';
import type { PulledSource, SourceEnd, SourceOrder } from '../sources.ts';
import { openSlate } from './open-slate.ts';
import { SlatePlayer } from './slate-player.ts';

/** Units are written in so many steps a second, as MediaMTX does. Contract 7.9. */
const STEPS_HZ = 10;

/** What an always-available path shows while nobody publishes: a source like any other, which stands by while somebody does. */
export class SlateSource implements PulledSource {
  readonly path: string;
  private readonly order: SourceOrder;
  private readonly gateway: PublishingGateway;
  private publisher: StreamPublisher | undefined;
  private hasTurn = false;
  private stopped = false;
  private finish: (end: SourceEnd) => void = () => {};
  private readonly end = new Promise<SourceEnd>((resolve) => (this.finish = resolve));
  private running: Promise<SourceEnd> | undefined;
  private step: () => void = () => {};
  private timer: NodeJS.Timeout | undefined;

  constructor(order: SourceOrder, gateway: PublishingGateway) {
    this.order = order;
    this.path = order.path;
    this.gateway = gateway;
  }

  run(): Promise<SourceEnd> {
    this.running = this.play();
    return this.running;
  }

  async stop(reason: string): Promise<void> {
    this.finish({ reason, expected: true });
    this.stopped = true;
    await this.running?.catch(() => {}); // whoever runs it gets the error
  }

  private async play(): Promise<SourceEnd> {
    const slate = await openSlate(this.order.options);
    try {
      this.publisher = await StreamPublisher.open(this.gateway, {
        path: this.path,
        sessionId: this.order.sourceId,
        sourceType: SLATE_SOURCE,
        query: '',
        user: '',
        tracks: slate.map(({ track }) => track),
        standsBy: true,
        onTurn: (hasTurn) => this.turn(hasTurn),
        onLost: (reason) => this.finish({ reason, expected: true }),
      });
    } catch (error) {
      if (error instanceof ControlError && error.code === 'SOURCE_NOT_PUBLISHER') return { reason: error.message, expected: true };
      throw error;
    }
    const player = new SlatePlayer(slate);
    const ingest = new TimedIngest(this.publisher.ingest);
    this.step = () => player.play(performance.now(), (unit) => ingest.write(unit, Date.now() * 1000));
    this.restart = () => player.restart(performance.now());
    if (this.hasTurn) this.turn(true);
    const end = await this.end;
    this.turn(false);
    await this.publisher.close(end.reason);
    return end;
  }

  private restart: () => void = () => {};

  /** It costs nothing while it stands by. */
  private turn(hasTurn: boolean): void {
    this.hasTurn = hasTurn;
    clearInterval(this.timer);
    this.timer = undefined;
    if (!hasTurn || this.publisher === undefined || this.stopped) return;
    this.restart();
    this.step();
    this.timer = setInterval(() => this.step(), 1000 / STEPS_HZ);
  }
}
