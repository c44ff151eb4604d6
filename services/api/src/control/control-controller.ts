import { randomUUID } from 'node:crypto';
import {
  configGet,
  connectionClosed,
  connectionOpened,
  gatewayAnnounce,
  gatewaySnapshot,
  pathDescribe,
  pathLeave,
  pathPublish,
  pathRead,
  pathReady,
  pathsLive,
  sessionAuthorize,
  sourceStopped,
} from '@mediamesh/contracts';
import { HandleEvent, HandleRequest } from '@mediamesh/platform';
import { Controller, Inject } from '@nestjs/common';
import type { z } from 'zod';
import { ControlService } from './control-service.ts';
import { livePaths } from './paths/live-paths.ts';

/** Requests and events of gateways. */
@Controller()
export class ControlController {
  constructor(@Inject(ControlService) private readonly control: ControlService) {}

  @HandleRequest(configGet)
  config(): z.input<typeof configGet.reply> {
    const { term, configStore } = this.control;
    return { term, revision: configStore.revision, config: configStore.forGateways() };
  }

  @HandleRequest(sessionAuthorize)
  authorize({ access }: z.output<typeof sessionAuthorize.request>): Promise<z.input<typeof sessionAuthorize.reply>> {
    return this.control.authorize(access);
  }

  @HandleRequest(pathDescribe)
  describe({ access }: z.output<typeof pathDescribe.request>): Promise<z.input<typeof pathDescribe.reply>> {
    return this.control.describe(access, randomUUID());
  }

  @HandleRequest(pathPublish)
  publish(request: z.output<typeof pathPublish.request>): Promise<z.input<typeof pathPublish.reply>> {
    return this.control.publish(request);
  }

  @HandleRequest(pathReady)
  ready({ path, epoch, tracks }: z.output<typeof pathReady.request>): z.input<typeof pathReady.reply> {
    this.control.paths.ready(path, epoch, tracks);
    return {};
  }

  @HandleRequest(pathRead)
  read(request: z.output<typeof pathRead.request>): Promise<z.input<typeof pathRead.reply>> {
    return this.control.read(request.instance, request);
  }

  @HandleRequest(pathsLive)
  live({ after }: z.output<typeof pathsLive.request>): z.input<typeof pathsLive.reply> {
    return livePaths(this.control.paths.states(), after);
  }

  @HandleRequest(pathLeave)
  leave({ path, sessionId, reason }: z.output<typeof pathLeave.request>): z.input<typeof pathLeave.reply> {
    this.control.paths.tell(path, { type: 'leave', sessionId, reason });
    return {};
  }

  @HandleRequest(gatewaySnapshot)
  snapshot(request: z.output<typeof gatewaySnapshot.request>): z.input<typeof gatewaySnapshot.reply> {
    return { term: this.control.term, refused: [...this.control.snapshot(request)] };
  }

  @HandleEvent(gatewayAnnounce)
  announce(announcement: z.output<typeof gatewayAnnounce.payload>): void {
    this.control.heard(announcement);
  }

  @HandleEvent(connectionOpened)
  connectionOpened(connection: z.output<typeof connectionOpened.payload>): void {
    if (this.control.term > 0) this.control.hooks.connectionOpened(connection);
  }

  @HandleEvent(connectionClosed)
  connectionClosed({ id }: z.output<typeof connectionClosed.payload>): void {
    if (this.control.term > 0) this.control.hooks.connectionClosed(id);
  }

  @HandleEvent(sourceStopped)
  sourceStopped({ path, sourceId, error }: z.output<typeof sourceStopped.payload>): void {
    if (this.control.term > 0) this.control.sources.stopped(path, sourceId, error);
  }
}
