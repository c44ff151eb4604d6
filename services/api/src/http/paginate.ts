import { ApiError } from './api-error.ts';

export interface Page {
  readonly itemsPerPage: number;
  readonly page: number;
}

export interface List<Item> {
  readonly itemCount: number;
  readonly pageCount: number;
  readonly items: readonly Item[];
}

export type PageQuery = Readonly<Record<string, string>>;

const DEFAULT_ITEMS_PER_PAGE = 100;
const MAX_NUMBER = 2 ** 31 - 1;

/** Errors: ApiError 400 with the texts of Go's strconv, as MediaMTX answers them. */
export function parsePage(query: PageQuery): Page {
  const itemsPerPage = parseNumber(query['itemsPerPage'], DEFAULT_ITEMS_PER_PAGE);
  if (itemsPerPage === 0) throw new ApiError(400, 'invalid items per page');
  return { itemsPerPage, page: parseNumber(query['page'], 0) };
}

export function paginate<Item>(items: readonly Item[], page: Page): List<Item> {
  const from = page.page * page.itemsPerPage;
  return pageOf(items.slice(from, from + page.itemsPerPage), items.length, page);
}

/** A page of a list whose other items somebody else has. */
export function pageOf<Item>(items: readonly Item[], itemCount: number, { itemsPerPage }: Page): List<Item> {
  return { itemCount, pageCount: Math.ceil(itemCount / itemsPerPage), items };
}

function parseNumber(text: string | undefined, byDefault: number): number {
  return text === undefined || text === '' ? byDefault : parseUint(text);
}

/** Errors: ApiError 400 with the texts of Go's strconv. */
export function parseUint(text: string): number {
  const quoted = JSON.stringify(text);
  if (!/^[0-9]+$/u.test(text)) throw new ApiError(400, `strconv.ParseUint: parsing ${quoted}: invalid syntax`);
  const value = Number(text);
  if (value > MAX_NUMBER) throw new ApiError(400, `strconv.ParseUint: parsing ${quoted}: value out of range`);
  return value;
}
