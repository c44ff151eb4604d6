import { ControlError, SLATE_SOURCE } from '@mediamesh/contracts';
import { TimedIngest } from '@mediamesh/media';
import type { TimedUnit } from '@mediamesh/media';
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
  private hasTurn = false;
  private finish: (end: SourceEnd) => void = () => {};
  private readonly end = new Promise<SourceEnd>((resolve) => (this.finish = resolve));
  private running: Promise<SourceEnd> | undefined;
  private playing: { readonly player: SlatePlayer; readonly ingest: TimedIngest } | undefined;
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
    await this.running?.catch(() => {}); // whoever runs it gets the error
  }

  private async play(): Promise<SourceEnd> {
    const slate = await openSlate(this.order.options);
    let publisher: StreamPublisher;
    try {
      publisher = await StreamPublisher.open(this.gateway, {
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
    this.playing = { player: new SlatePlayer(slate), ingest: new TimedIngest(publisher.ingest) };
    if (this.hasTurn) this.turn(true); // it was told so before it could play
    const end = await this.end;
    clearInterval(this.timer);
    this.playing = undefined;
    await publisher.close(end.reason);
    return end;
  }

  /** It costs nothing while it stands by. */
  private turn(hasTurn: boolean): void {
    this.hasTurn = hasTurn;
    clearInterval(this.timer);
    if (!hasTurn || this.playing === undefined) return;
    this.playing.player.restart(performance.now());
    this.step();
    this.timer = setInterval(() => this.step(), 1000 / STEPS_HZ);
  }

  /** A file can have units that cannot be read. */
  private step(): void {
    try {
      this.playing?.player.play(performance.now(), this.write);
    } catch (error) {
      clearInterval(this.timer);
      this.finish({ reason: error instanceof Error ? error.message : String(error), expected: false });
    }
  }

  private readonly write = (unit: TimedUnit): void => this.playing?.ingest.write(unit, Date.now() * 1000);
}
