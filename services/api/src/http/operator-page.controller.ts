import type { ServerResponse } from 'node:http';
import { sendPageFile } from '@mediamesh/http';
import type { HttpRequest } from '@mediamesh/http';
import { Controller, Get, Req, Res } from '@nestjs/common';
import { operatorPage } from './operator-page.ts';

/** The operator's page, for whoever may read the API. Beyond MediaMTX. */
@Controller()
export class OperatorPageController {
  @Get()
  async page(@Req() request: HttpRequest, @Res() response: ServerResponse): Promise<void> {
    sendPageFile(response, (await operatorPage()).html, request.headers['accept-encoding']);
  }

  @Get('operator/schema.json')
  async schema(@Req() request: HttpRequest, @Res() response: ServerResponse): Promise<void> {
    sendPageFile(response, (await operatorPage()).schema, request.headers['accept-encoding']);
  }
}
