import {
  ConfigError,
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
import { Body, Controller, Delete, HttpCode, Inject, Param, Patch, Post } from '@nestjs/common';
import type { ConfigEdit } from '../control/config-store.ts';
import { ApiError } from './api-error.ts';
import { configNodeOf } from './config-body.ts';
import { ControlApi } from './control-api.ts';
import { requireName } from './parameters.ts';

const DONE = { status: 'ok' } as const;

/** Changes of the configuration, which take effect as those of the file do. Contract 2.2. */
@Controller('v3/config')
export class ConfigChangesController {
  constructor(@Inject(ControlApi) private readonly api: ControlApi) {}

  @Patch('global/patch')
  patchGlobal(@Body() body: Uint8Array): typeof DONE {
    return this.change(() => {
      const patch = decodeGlobalPatch(configNodeOf(body));
      return (document, config) => patchGlobal(document, restoreGlobalSecrets(patch, config));
    });
  }

  @Patch('pathdefaults/patch')
  patchPathDefaults(@Body() body: Uint8Array): typeof DONE {
    return this.change(() => {
      const patch = decodePathPatch(configNodeOf(body));
      return (document, config) => patchPathDefaults(document, restorePathSecrets(patch, config.pathDefaults));
    });
  }

  @Post('paths/add/*name')
  @HttpCode(200)
  addPath(@Param('name') name: string, @Body() body: Uint8Array): typeof DONE {
    requireName(name);
    return this.change(() => {
      const path = decodePathPatch(configNodeOf(body));
      return (document, config) => addPath(document, name, restorePathSecrets(path, storedPath(config, name)));
    });
  }

  @Patch('paths/patch/*name')
  patchPath(@Param('name') name: string, @Body() body: Uint8Array): typeof DONE {
    requireName(name);
    return this.change(() => {
      const patch = decodePathPatch(configNodeOf(body));
      return (document, config) => {
        if (!document.paths.has(name)) throw new ApiError(404, 'path not found');
        return patchPath(document, name, restorePathSecrets(patch, storedPath(config, name)));
      };
    });
  }

  @Post('paths/replace/*name')
  @HttpCode(200)
  replacePath(@Param('name') name: string, @Body() body: Uint8Array): typeof DONE {
    requireName(name);
    return this.change(() => {
      const path = decodePathPatch(configNodeOf(body));
      return (document, config) => replacePath(document, name, restorePathSecrets(path, storedPath(config, name)));
    });
  }

  @Delete('paths/delete/*name')
  deletePath(@Param('name') name: string): typeof DONE {
    requireName(name);
    return this.change(() => (document) => {
      if (!document.paths.has(name)) throw new ApiError(404, 'path not found');
      return removePath(document, name);
    });
  }

  private change(read: () => ConfigEdit): typeof DONE {
    try {
      this.api.control.configStore.change(read());
    } catch (error) {
      if (error instanceof ConfigError) throw new ApiError(400, error.reason, { cause: error });
      throw error;
    }
    return DONE;
  }
}

/** Where a redacted value comes from: a path that is new has only what it inherits. */
function storedPath({ paths, pathDefaults }: Config, name: string): PathConfig {
  return paths.get(name) ?? pathDefaults;
}
