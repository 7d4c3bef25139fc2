import { IMAGE_SIZE_HEADER } from '../../contract/http.ts';
import type { CheckRequest, Probe, Sample } from './check.ts';
import { send, sendWithoutBody } from './exchange.ts';
import type { VerifyTarget } from './target.ts';

/** A sample with its size, from a request for its first byte. An empty image has none, which is 416. */
export const readSample = async (probe: Probe, path: string): Promise<Sample> => {
  const exchange = await probe.send({ path, headers: { range: 'bytes=0-0' } });
  const { headers, status } = exchange;
  const text =
    status === 206
      ? headers[IMAGE_SIZE_HEADER.toLowerCase()]
      : /^bytes \*\/(0)$/.exec(headers['content-range'] ?? '')?.[1];
  return { path, exchange, size: text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined };
};

/** @param sample the path of requests that name none. */
export const createProbe = (
  { url, apiKey }: Pick<VerifyTarget, 'url' | 'apiKey'>,
  signal: AbortSignal,
  sample = '/',
): Probe => {
  const toRequest = (request: CheckRequest = {}) => {
    const { method = 'GET', path = sample, headers = {}, body, key, mayRedirect = false } = request;
    return {
      origin: url,
      method,
      target: `${url.pathname.replace(/\/$/, '')}${path}`,
      headers: { accept: '*/*', ...(mayRedirect ? {} : BROWSER), ...keyHeader(apiKey, key), ...headers },
      body,
      signal,
    };
  };
  return {
    send: (request) => send(toRequest(request)),
    sendWithoutBody: (request) => sendWithoutBody(toRequest(request)),
    sendTo: (to, headers = {}) =>
      send({ origin: to, method: 'GET', target: `${to.pathname}${to.search}`, headers, signal }),
  };
};

/** A browser sends this header for a page of the same origin, and the service redirects no browser. */
const BROWSER = { 'sec-fetch-site': 'same-origin' };

const keyHeader = (apiKey: string, key: CheckRequest['key']): Readonly<Record<string, string>> => {
  if (key === 'none') return {};
  return { 'x-api-key': key === 'wrong' ? WRONG_KEY : apiKey };
};

const WRONG_KEY = 'this-is-not-the-api-key';
