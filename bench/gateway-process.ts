/** The handler of a bundle behind the local gateway, in a process of its own. Says where it listens. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createLocalGateway, type Integration } from '../src/adapters/local-gateway/server.ts';
import { loadHandler } from './lambda-global.ts';

const [taskRoot = '', name = '', mode, apiKey = ''] = process.argv.slice(2);
const handler = await loadHandler(taskRoot, name);
const integration: Integration =
  mode === 'stream'
    ? { mode, invoke: (event, context, begin) => handler(event, { begin }, context) }
    : { mode: 'buffered', invoke: (event, context) => handler(event, context as never) };
const gateway = createLocalGateway({ stage: 'bench', apiKey, integration });
gateway.listen(0, '127.0.0.1');
await once(gateway, 'listening');
process.stdout.write(`http://127.0.0.1:${(gateway.address() as AddressInfo).port}/bench\n`);
