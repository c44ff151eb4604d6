import { All, Controller } from '@nestjs/common';
import { UnknownRouteError } from './api-error.ts';

/** Last of all routes, so that a stranger is asked for credentials before it learns which routes there are. */
@Controller()
export class UnknownRouteController {
  @All('*rest')
  refuse(): never {
    throw new UnknownRouteError();
  }
}
