import { Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ControlApi } from './control-api.ts';

/** What can be done about authentication. Contract 2.2. */
@Controller('v3/auth')
export class AuthController {
  constructor(@Inject(ControlApi) private readonly api: ControlApi) {}

  @Post('jwks/refresh')
  @HttpCode(200)
  refreshKeys(): { readonly status: 'ok' } {
    this.api.control.access.refreshKeys();
    return { status: 'ok' };
  }
}
