import {
  addPath,
  decodeGlobalPatch,
  decodePathPatch,
  patchGlobal,
  patchPath,
  patchPathDefaults,
  removePath,
  replacePath,
  restoreGlobalSecrets,
  restorePathSecrets,
} from '@mediamesh/config';
import type { Config, PathConfig } from '@mediamesh/config';
import type { HttpRequest } from '@mediamesh/http';
import { Controller, Delete, HttpCode, Inject, Param, Patch, Post, Req } from '@nestjs/common';
import type { ConfigEdit } from '../control/config-store.ts';
import { ApiError } from './api-error.ts';
import { causeOf, changing } from './change-config.ts';
import { configNodeOf } from './config-body.ts';
import { ControlApi } from './control-api.ts';
import { requireName } from './parameters.ts';

const DONE = { status: 'ok' } as const;

/** Changes of the configuration, which take effect as those of the file do. Contract 2.2. */
@Controller('v3/config')
export class ConfigChangesController {
  constructor(@Inject(ControlApi) private readonly api: ControlApi) {}

  @Patch('global/patch')
  patchGlobal(@Req() request: HttpRequest): Promise<typeof DONE> {
    return this.change(request, () => {
      const patch = decodeGlobalPatch(configNodeOf(request.body));
      return (document, config) => patchGlobal(document, restoreGlobalSecrets(patch, config));
    });
  }

  @Patch('pathdefaults/patch')
  patchPathDefaults(@Req() request: HttpRequest): Promise<typeof DONE> {
    return this.change(request, () => {
      const patch = decodePathPatch(configNodeOf(request.body));
      return (document, config) => patchPathDefaults(document, restorePathSecrets(patch, config.pathDefaults));
    });
  }

  @Post('paths/add/*name')
  @HttpCode(200)
  addPath(@Param('name') name: string, @Req() request: HttpRequest): Promise<typeof DONE> {
    requireName(name);
    return this.change(request, () => {
      const path = decodePathPatch(configNodeOf(request.body));
      return (document, config) => addPath(document, name, restorePathSecrets(path, storedPath(config, name)));
    });
  }

  @Patch('paths/patch/*name')
  patchPath(@Param('name') name: string, @Req() request: HttpRequest): Promise<typeof DONE> {
    requireName(name);
    return this.change(request, () => {
      const patch = decodePathPatch(configNodeOf(request.body));
      return (document, config) => {
        if (!document.paths.has(name)) throw new ApiError(404, 'path not found');
        return patchPath(document, name, restorePathSecrets(patch, storedPath(config, name)));
      };
    });
  }

  @Post('paths/replace/*name')
  @HttpCode(200)
  replacePath(@Param('name') name: string, @Req() request: HttpRequest): Promise<typeof DONE> {
    requireName(name);
    return this.change(request, () => {
      const path = decodePathPatch(configNodeOf(request.body));
      return (document, config) => replacePath(document, name, restorePathSecrets(path, storedPath(config, name)));
    });
  }

  @Delete('paths/delete/*name')
  deletePath(@Param('name') name: string, @Req() request: HttpRequest): Promise<typeof DONE> {
    requireName(name);
    return this.change(request, () => (document) => {
      if (!document.paths.has(name)) throw new ApiError(404, 'path not found');
      return removePath(document, name);
    });
  }

  private async change(request: HttpRequest, read: () => ConfigEdit): Promise<typeof DONE> {
    await changing(() => this.api.control.configStore.change(read(), causeOf('api', request)));
    return DONE;
  }
}

/** Where a redacted value comes from: a path that is new has only what it inherits. */
function storedPath({ paths, pathDefaults }: Config, name: string): PathConfig {
  return paths.get(name) ?? pathDefaults;
}
