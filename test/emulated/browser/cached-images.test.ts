import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Integration } from '../../../src/adapters/local-gateway/server.ts';
import { API_KEY, createService, integrate, type Service, startGateway } from '../../support/service.ts';

const executablePath = inject('chromium');
const IMAGES = new Map([
  ['a.png', { bytes: Buffer.from('png'), etag: '"v1"', lastModified: Date.UTC(2026, 0, 1), contentType: 'image/png' }],
]);

/** Serves an empty page on a free port of 127.0.0.1. */
const startSite = async () => {
  const server = createServer((_, response) => response.setHeader('Content-Type', 'text/html').end('<!doctype html>'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
};

/** https://fetch.spec.whatwg.org/#concept-request-cache-mode */
type Cache = 'default' | 'no-cache';

/** Fetches the image in the page, as a script of it does. Returns 0 if the browser does not let the script read it. */
const fetchIn = (page: Page, url: string, key: string, cache: Cache = 'default'): Promise<number> =>
  page.evaluate(
    async ({ url, key, cache }) => {
      try {
        const response = await fetch(url, { headers: { 'x-api-key': key }, cache });
        await response.arrayBuffer();
        return response.status;
      } catch {
        return 0;
      }
    },
    { url, key, cache },
  );

/** The service, without the Vary header. */
const withoutVary = (service: Service): Integration => ({
  mode: 'stream',
  invoke: (event, context, startResponse) =>
    service.streaming(event, context, ({ statusCode, headers }) => {
      const { Vary: _, ...others } = headers;
      return startResponse({ statusCode, headers: others });
    }),
});

describe.skipIf(executablePath === '')('Chromium', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, chromiumSandbox: false });
  });

  afterAll(() => browser?.close());

  /** Opens a page whose scripts fetch images from a gateway. `allow` returns the CORS origins for the origin of the page. */
  const open = async (
    allow: (origin: string) => readonly string[],
    connect: (service: Service) => Integration = (service) => integrate(service, 'stream'),
  ) => {
    const site = await startSite();
    const corsOrigins = allow(site.origin);
    const service = createService({ images: IMAGES, corsOrigins });
    const gateway = await startGateway({ integration: connect(service), corsOrigins });
    const page = await (await browser.newContext()).newPage();
    await page.goto(site.origin);
    return {
      service,
      fetchImage: (key: string, cache?: Cache) => fetchIn(page, `${gateway.origin}/dev/a.png`, key, cache),
      async [Symbol.asyncDispose]() {
        await page.context().close();
        await gateway[Symbol.asyncDispose]();
        await site[Symbol.asyncDispose]();
      },
    };
  };

  const WRONG_KEY = `${API_KEY}x`;

  test.each<[string, 'stream' | 'buffered', (origin: string) => readonly string[]]>([
    ['its origin', 'stream', (origin) => [origin]],
    ['*', 'stream', () => ['*']],
    ['its origin', 'buffered', (origin) => [origin]],
  ])('gives a page a cached image for the key that fetched it only, with CORS for %s (%s)', async (_, mode, allow) => {
    await using page = await open(allow, (service) => integrate(service, mode));
    expect([await page.fetchImage(API_KEY), await page.fetchImage(API_KEY)]).toEqual([200, 200]);
    // The second response came from the cache.
    expect(page.service.records).toHaveLength(1);
    expect(await page.fetchImage(WRONG_KEY)).toBe(403);
    expect(await page.fetchImage(API_KEY)).toBe(200);
    expect(await page.fetchImage(WRONG_KEY)).toBe(403);
  });

  test('gives a page a revalidated image for the key that fetched it only', async () => {
    await using page = await open((origin) => [origin]);
    await page.fetchImage(API_KEY);
    expect(await page.fetchImage(API_KEY, 'no-cache')).toBe(200);
    expect(page.service.records.map(({ status }) => status)).toEqual([200, 304]);
    expect(await page.fetchImage(WRONG_KEY)).toBe(403);
  });

  test('gives a page a cached image for a wrong key if the response has no Vary header', async () => {
    await using page = await open((origin) => [origin], withoutVary);
    await page.fetchImage(API_KEY);
    expect(await page.fetchImage(WRONG_KEY)).toBe(200);
  });

  test('lets no script of another origin read an image', async () => {
    await using page = await open(() => ['https://app.example.com']);
    expect(await page.fetchImage(API_KEY)).toBe(0);
    expect(page.service.records).toEqual([]);
  });
});
