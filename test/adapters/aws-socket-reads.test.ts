import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { GCProfiler } from 'node:v8';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SHARED_READS } from '../../src/adapters/aws-socket-reads.ts';

// A key and a certificate for 127.0.0.1, which nothing but this test knows.
const pem = readFileSync(join(import.meta.dirname, 'self-signed.pem'));

const BODIES = Array.from({ length: 12 }, (_, index) => randomBytes(1_000_003 + index * 200_001));

const serve: http.RequestListener = ({ url = '' }, response) => response.end(BODIES[Number(url.slice(1))]);

const SERVERS = {
  http: () => ({ server: http.createServer(serve), get: http.get, agent: new http.Agent(AGENT) }),
  https: () => ({
    server: https.createServer({ key: pem, cert: pem }, serve),
    get: https.get,
    agent: new https.Agent({ ...AGENT, ca: pem }),
  }),
};
const AGENT = { keepAlive: true, onread: SHARED_READS };

describe.each(['http', 'https'] as const)('sockets that read into one buffer, over %s', (protocol) => {
  const start = async () => {
    const { server, get, agent } = SERVERS[protocol]();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      agent.destroy();
      server.close();
      server.closeAllConnections();
    });
    const { port } = server.address() as AddressInfo;
    return async (index: number, read = (response: http.IncomingMessage) => response.toArray()): Promise<Buffer> => {
      const [response] = await once(get(`${protocol}://127.0.0.1:${port}/${index}`, { agent }), 'response');
      return Buffer.concat(await read(response));
    };
  };

  it('give each reader its own bytes, however many read at a time and however slowly', async () => {
    const fetchBody = await start();
    const slowly = async (response: http.IncomingMessage) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) {
        chunks.push(chunk);
        // Meanwhile the others go on.
        await new Promise(setImmediate);
      }
      return chunks;
    };
    for (const read of [undefined, slowly]) {
      const bodies = await Promise.all(BODIES.map((_, index) => fetchBody(index, read)));
      expect(bodies.map((body, index) => body.equals(BODIES[index] as Buffer))).toEqual(BODIES.map(() => true));
    }
  });

  it('serve one request after another on a connection', async () => {
    const fetchBody = await start();
    for (const [index, body] of BODIES.entries()) expect((await fetchBody(index)).equals(body)).toBe(true);
  });

  it('have young objects collected for every 8 MB', async () => {
    const fetchBody = await start();
    const profiler = new GCProfiler();
    profiler.start();
    for (let image = 0; image < 100; image++)
      await fetchBody(0, (response) => response.forEach(() => {}).then(() => []));
    const collections = profiler.stop()?.statistics.filter(({ gcType }) => gcType === 'Scavenge') ?? [];
    // Of 100 MB. Without, V8 would see to it two or three times.
    expect(collections.length).toBeGreaterThanOrEqual(8);
  });
});
