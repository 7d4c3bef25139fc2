import { once } from 'node:events';
import { request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { inject } from 'vitest';

const emulator = inject('emulator');

export const endpoint: string = emulator.endpoint;
export const folder: string = emulator.folder;
export const ACCOUNT = '000000000000';
export const REGION = 'eu-central-1';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

/** Fetches an image from a deployed API. The emulator serves all APIs at its own address and selects one by the host name. */
export const fetchImage = async (apiUrl: string, path: string, key?: string): Promise<Answer> => {
  const { hostname, pathname } = new URL(apiUrl);
  const { port } = new URL(endpoint);
  const host = `${hostname.split('.')[0]}.execute-api.localhost:${port}`;
  const headers = { host, accept: '*/*', ...(key === undefined ? {} : { 'x-api-key': key }) };
  const sent = request(`${endpoint}${pathname}${path}`, { headers }).end();
  const [response] = await once(sent, 'response');
  return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
};
