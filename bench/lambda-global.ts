import { join } from 'node:path';
import type { Writable } from 'node:stream';
import type { StartResponse } from '../src/adapters/local-gateway/server.ts';

/** Stands in for the response stream that the runtime client passes to a handler. */
export interface ResponseStarter {
  readonly startResponse: StartResponse;
}

export type StreamingHandler = (event: object, starter: ResponseStarter, context: object) => Promise<void>;
export type BufferedHandler = (event: object, context: object) => Promise<unknown>;

/**
 * Loads the handler of a bundle into this process, with a substitute for the `awslambda` global of the runtime client.
 *
 * @param handler The file and its export, such as `index.streaming`.
 */
export const loadHandler = async (taskRoot: string, handler: string): Promise<StreamingHandler & BufferedHandler> => {
  Object.assign(globalThis, {
    awslambda: {
      streamifyResponse: (handler: unknown) => handler,
      HttpResponseStream: {
        from: ({ startResponse }: ResponseStarter, prelude: Parameters<StartResponse>[0]): Writable =>
          startResponse(prelude),
      },
    },
  });
  const [file, name = ''] = handler.split('.');
  const { default: bundle } = await import(join(taskRoot, `${file}.js`));
  return bundle[name];
};
