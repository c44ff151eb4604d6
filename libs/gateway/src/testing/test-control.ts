import {
  configGet,
  controlHello,
  gatewayAnnounce,
  gatewaySnapshot,
  pathAvailable,
  pathDescribe,
  pathLeave,
  pathPublish,
  pathRead,
  pathReady,
  pathsLive,
  sourceStopped,
} from '@mediamesh/contracts';
import type { LivePath, PathSettings } from '@mediamesh/contracts';
import { HandleEvent, HandleRequest, InstanceIdentity, Logging, MemorySink, createPlatform, openServiceApp } from '@mediamesh/platform';
import type { ControlClient, ControlWire, Platform } from '@mediamesh/platform';
import { Controller, Inject, Module } from '@nestjs/common';
import type { z } from 'zod';

export const SETTINGS: PathSettings = {
  confName: 'all_others',
  gopCache: 'off',
  useAbsoluteTimestamp: false,
  rtspDemuxMpegts: false,
  sourceOnDemand: false,
  publisherGraceMs: 0,
  fingerprint: 'f',
};

type Answer<Request extends z.ZodType, Reply extends z.ZodType> = (request: z.output<Request>) => z.input<Reply> | Promise<z.input<Reply>>;

/** What a test's control service answers, and what it has heard: `leave cam s1: torn down`. */
export class ControlScript {
  readonly heard: string[] = [];
  readonly snapshots: z.output<typeof gatewaySnapshot.request>[] = [];
  epoch = 0;
  /** Global keys, and their revision. */
  config: Readonly<Record<string, unknown>> = {};
  revision = 1;
  live: readonly LivePath[] = [];
  publish: Answer<typeof pathPublish.request, typeof pathPublish.reply> = () => ({ epoch: ++this.epoch, settings: SETTINGS });
  ready: Answer<typeof pathReady.request, typeof pathReady.reply> = () => ({});
  leave: Answer<typeof pathLeave.request, typeof pathLeave.reply> = () => ({});
  read: Answer<typeof pathRead.request, typeof pathRead.reply> = () => ({ epoch: this.epoch, user: '', settings: SETTINGS });
  describe: Answer<typeof pathDescribe.request, typeof pathDescribe.reply> = () => ({
    kind: 'stream',
    epoch: this.epoch,
    user: '',
    settings: SETTINGS,
  });
  snapshot: Answer<typeof gatewaySnapshot.request, typeof gatewaySnapshot.reply> = () => ({ term: 1, refused: [] });
}

@Controller()
class ControlScriptController {
  constructor(@Inject(ControlScript) private readonly script: ControlScript) {}

  @HandleRequest(configGet)
  config(): z.input<typeof configGet.reply> {
    const { config, revision } = this.script;
    return { term: 1, revision, config: { ...config } };
  }

  @HandleRequest(pathPublish)
  publish(request: z.output<typeof pathPublish.request>): z.input<typeof pathPublish.reply> | Promise<z.input<typeof pathPublish.reply>> {
    this.script.heard.push(`publish ${request.path} ${request.sessionId} [${request.trackLabels.join(', ')}]`);
    return this.script.publish(request);
  }

  @HandleRequest(pathReady)
  ready(request: z.output<typeof pathReady.request>): z.input<typeof pathReady.reply> | Promise<z.input<typeof pathReady.reply>> {
    this.script.heard.push(`ready ${request.path} ${request.epoch}`);
    return this.script.ready(request);
  }

  @HandleRequest(pathLeave)
  leave(request: z.output<typeof pathLeave.request>): z.input<typeof pathLeave.reply> | Promise<z.input<typeof pathLeave.reply>> {
    this.script.heard.push(`leave ${request.path} ${request.sessionId}: ${request.reason}`);
    return this.script.leave(request);
  }

  @HandleRequest(pathRead)
  read(request: z.output<typeof pathRead.request>): z.input<typeof pathRead.reply> | Promise<z.input<typeof pathRead.reply>> {
    this.script.heard.push(`read ${request.access.path} ${request.requestId}`);
    return this.script.read(request);
  }

  @HandleRequest(pathDescribe)
  describe(
    request: z.output<typeof pathDescribe.request>,
  ): z.input<typeof pathDescribe.reply> | Promise<z.input<typeof pathDescribe.reply>> {
    this.script.heard.push(`describe ${request.access.path}`);
    return this.script.describe(request);
  }

  @HandleRequest(pathsLive)
  livePaths(): z.input<typeof pathsLive.reply> {
    return { more: false, paths: [...this.script.live] };
  }

  @HandleRequest(gatewaySnapshot)
  snapshot(
    request: z.output<typeof gatewaySnapshot.request>,
  ): z.input<typeof gatewaySnapshot.reply> | Promise<z.input<typeof gatewaySnapshot.reply>> {
    this.script.snapshots.push(request);
    return this.script.snapshot(request);
  }

  @HandleEvent(gatewayAnnounce)
  announce({ instance, publishers, readers, draining }: z.output<typeof gatewayAnnounce.payload>): void {
    this.script.heard.push(`announce ${instance} ${publishers} ${readers}${draining ? ' draining' : ''}`);
  }

  @HandleEvent(sourceStopped)
  sourceStopped({ path, sourceId, error }: z.output<typeof sourceStopped.payload>): void {
    this.script.heard.push(`source ${path} ${sourceId} stopped: ${error}`);
  }
}

@Module({ controllers: [ControlScriptController], providers: [ControlScript] })
class TestControlModule {}

/** The control service as a gateway's tests need it: real messages over a real wire, answers from a script. */
export class TestControl {
  readonly script: ControlScript;
  readonly client: ControlClient;
  private readonly platform: Platform;
  private readonly closeApp: () => Promise<void>;

  static async open(wire: ControlWire): Promise<TestControl> {
    const { logger } = new Logging({ level: 'debug', sinks: [new MemorySink()] });
    const platform = createPlatform({ identity: InstanceIdentity.read('api', {}), wire, logger });
    const app = await openServiceApp(TestControlModule, platform);
    await platform.server.setLeading(true);
    return new TestControl(platform, app.get(ControlScript), () => app.close());
  }

  private constructor(platform: Platform, script: ControlScript, closeApp: () => Promise<void>) {
    this.platform = platform;
    this.client = platform.client;
    this.script = script;
    this.closeApp = closeApp;
  }

  /** False: nobody leads. */
  setLeading(leading: boolean): Promise<void> {
    return this.platform.server.setLeading(leading);
  }

  hello(term: number, revision = 1): void {
    this.client.emit(controlHello, { term, revision });
  }

  available(path: string, epoch: number, continues?: number): void {
    const event = { path, epoch, sourceType: 'rtspSession', sourceId: 's', tracks: [] };
    this.client.emit(pathAvailable, continues === undefined ? event : { ...event, continues });
  }

  close(): Promise<void> {
    return this.closeApp();
  }
}
