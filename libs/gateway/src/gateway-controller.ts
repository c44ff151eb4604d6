import {
  ControlError,
  SLATE_SOURCE,
  alertsList,
  alertsNoted,
  configChanged,
  controlHello,
  forwardStart,
  forwardStop,
  forwardsList,
  healthList,
  keyframeRequest,
  pathAvailable,
  pathUnavailable,
  sessionKick,
  sessionSuperseded,
  sessionsList,
  sourceCall,
  sourceStart,
  sourceStop,
  sourceWatch,
} from '@mediamesh/contracts';
import type { ForwardOrder, ForwardStatus } from '@mediamesh/contracts';
import { HandleEvent, HandleRequest } from '@mediamesh/platform';
import { Controller, Inject } from '@nestjs/common';
import type { z } from 'zod';
import { Gateway } from './gateway.ts';
import { Slates } from './slate/slates.ts';

/** What a protocol does on control's word. */
export interface GatewayProtocol {
  /** `path.available` and `path.unavailable`, for the paths that it reads. */
  available(path: string, epoch: number, sourceOnDemand: boolean): Promise<void>;
  unavailable(path: string, epoch: number, reason: string): void;
  startSource(order: z.output<typeof sourceStart.request>): void;
  stopSource(sourceId: string, reason: string): void;
  /** Absent where the protocol pushes to no server. */
  readonly forwards?: ForwardOrders | undefined;
  /** The global configuration has another revision. */
  reconfigure(): Promise<void>;
}

/** Destinations that streams are pushed to, as control orders them. */
export interface ForwardOrders {
  start(order: ForwardOrder): void;
  stop(forwardId: string): void;
  list(): readonly ForwardStatus[];
}

export const GATEWAY_PROTOCOL = Symbol('GatewayProtocol');

/** Control's requests and events, as every gateway answers them. */
@Controller()
export class GatewayController {
  constructor(
    @Inject(Gateway) private readonly gateway: Gateway,
    @Inject(GATEWAY_PROTOCOL) private readonly protocol: GatewayProtocol,
    @Inject(Slates) private readonly slates: Slates,
  ) {}

  @HandleEvent(controlHello)
  async hello({ term, revision }: z.output<typeof controlHello.payload>): Promise<void> {
    if (!this.gateway.control.hello(term)) return;
    this.gateway.connections.tellAll();
    const isStale = revision !== this.gateway.configRevision;
    await Promise.all([this.gateway.tellAll(), isStale ? this.protocol.reconfigure() : undefined]);
  }

  @HandleEvent(configChanged)
  async configChanged({ term }: z.output<typeof configChanged.payload>): Promise<void> {
    if (term >= this.gateway.control.term) await this.protocol.reconfigure();
  }

  @HandleEvent(pathAvailable)
  async pathAvailable({ path, epoch, sourceOnDemand }: z.output<typeof pathAvailable.payload>): Promise<void> {
    for (const publisher of this.gateway.held.publishers.values()) {
      if (publisher.path === path && publisher.epoch < epoch && !publisher.waits) publisher.supersede('closed by another publisher');
    }
    await this.protocol.available(path, epoch, sourceOnDemand);
  }

  @HandleEvent(pathUnavailable)
  pathUnavailable({ path, epoch, reason }: z.output<typeof pathUnavailable.payload>): void {
    this.protocol.unavailable(path, epoch, reason);
  }

  @HandleEvent(keyframeRequest)
  keyFrameWanted({ path }: z.output<typeof keyframeRequest.payload>): void {
    for (const publisher of this.gateway.held.publishers.values()) if (publisher.path === path) publisher.requestKeyFrame();
  }

  @HandleEvent(sessionSuperseded)
  superseded({ sessionId, reason }: z.output<typeof sessionSuperseded.payload>): void {
    this.gateway.held.supersede(sessionId, reason);
  }

  @HandleEvent(alertsNoted)
  alertsNoted(noted: z.output<typeof alertsNoted.payload>): void {
    this.gateway.notedAlerts.note(noted);
  }

  @HandleRequest(alertsList)
  alerts(): z.input<typeof alertsList.reply> {
    const paths = this.gateway.notedAlerts.list().map(({ path, alerts }) => ({ path, alerts: [...alerts] }));
    return { instance: this.gateway.instance, paths };
  }

  @HandleRequest(healthList)
  health({ paths }: z.output<typeof healthList.request>): z.input<typeof healthList.reply> {
    return this.gateway.health(paths);
  }

  @HandleRequest(sessionKick)
  kick({ kind, id }: z.output<typeof sessionKick.request>): z.input<typeof sessionKick.reply> {
    const session = this.gateway.sessions.get(kind, id);
    session?.kick('kicked out by API request');
    return { instance: this.gateway.instance, found: session !== undefined };
  }

  @HandleRequest(sessionsList)
  list(request: z.output<typeof sessionsList.request>): z.input<typeof sessionsList.reply> {
    return this.gateway.list(request);
  }

  @HandleRequest(sourceStart)
  startSource(order: z.output<typeof sourceStart.request>): z.input<typeof sourceStart.reply> {
    if (this.gateway.isDraining) throw new ControlError('UNAVAILABLE', `${this.gateway.instance} is about to end`);
    if (order.sourceType === SLATE_SOURCE) this.slates.start(order);
    else this.protocol.startSource(order);
    return { instance: this.gateway.instance };
  }

  @HandleRequest(forwardStart)
  startForward(order: z.output<typeof forwardStart.request>): z.input<typeof forwardStart.reply> {
    const { gateway } = this;
    const { forwards } = this.protocol;
    if (gateway.isDraining) throw new ControlError('UNAVAILABLE', `${gateway.instance} is about to end`);
    if (forwards === undefined) throw new ControlError('UNAVAILABLE', `${gateway.service} gateways push to no server`);
    forwards.start(order);
    return { instance: gateway.instance };
  }

  @HandleRequest(forwardStop)
  stopForward({ forwardId }: z.output<typeof forwardStop.request>): z.input<typeof forwardStop.reply> {
    this.protocol.forwards?.stop(forwardId);
    return {};
  }

  @HandleRequest(forwardsList)
  listForwards(): z.input<typeof forwardsList.reply> {
    return { instance: this.gateway.instance, forwards: [...(this.protocol.forwards?.list() ?? [])] };
  }

  @HandleRequest(sourceCall)
  callSource({ sourceId }: z.output<typeof sourceCall.request>): z.input<typeof sourceCall.reply> {
    this.gateway.held.publishers.get(sourceId)?.call();
    return {};
  }

  @HandleRequest(sourceWatch)
  watchSource({ sourceId, silenceTimeoutMs }: z.output<typeof sourceWatch.request>): z.input<typeof sourceWatch.reply> {
    this.gateway.silenceTimeouts.change(sourceId, silenceTimeoutMs);
    return {};
  }

  @HandleRequest(sourceStop)
  stopSource({ sourceId, reason }: z.output<typeof sourceStop.request>): z.input<typeof sourceStop.reply> {
    this.slates.stop(sourceId, reason);
    this.protocol.stopSource(sourceId, reason);
    return {};
  }
}
