import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { AccessGuard } from './access.guard.ts';
import { AuthController } from './auth.controller.ts';
import { ConfigChangesController } from './config-changes.controller.ts';
import { ConfigController } from './config.controller.ts';
import { ConfigRevisionsController } from './config-revisions.controller.ts';
import { ControlApi } from './control-api.ts';
import { ErrorFilter } from './error.filter.ts';
import { EventsController } from './events.controller.ts';
import { ForwardsController } from './forwards.controller.ts';
import { Gateways } from './gateways.ts';
import { HlsMuxersController } from './hls-muxers.controller.ts';
import { InfoController } from './info.controller.ts';
import { OpenApiController } from './openapi.controller.ts';
import { OperatorPageController } from './operator-page.controller.ts';
import { PathsController } from './paths.controller.ts';
import { RecordingsController } from './recordings.controller.ts';
import { SessionsController } from './sessions.controller.ts';
import { UnknownRouteController } from './unknown-route.controller.ts';

/** The Control API's routes. The order of controllers is that of matching. */
@Module({})
export class ControlApiModule {
  static register(api: ControlApi): DynamicModule {
    return {
      module: ControlApiModule,
      controllers: [
        InfoController,
        OpenApiController,
        ConfigController,
        ConfigChangesController,
        ConfigRevisionsController,
        AuthController,
        ForwardsController,
        PathsController,
        HlsMuxersController,
        RecordingsController,
        SessionsController,
        EventsController,
        OperatorPageController,
        UnknownRouteController,
      ],
      providers: [
        { provide: ControlApi, useValue: api },
        { provide: APP_GUARD, useClass: AccessGuard },
        { provide: APP_FILTER, useClass: ErrorFilter },
        Gateways,
      ],
    };
  }
}
