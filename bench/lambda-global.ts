import { join } from 'node:path';
import type { Writable } from 'node:stream';
import type { StartResponse } from '../src/adapters/local-gateway/server.ts';

/** What `awslambda.HttpResponseStream.from` is given here for a stream: how the answer begins. */
export interface Answer {
  readonly begin: StartResponse;
}

export type StreamingHandler = (event: object, answer: Answer, context: object) => Promise<void>;
export type BufferedHandler = (event: object, context: object) => Promise<unknown>;

/**
 * Loads the handler of a bundle as the runtime client does, with the global that it finds there, but for whoever calls it
 * in this process.
 *
 * @param handler The file and its export, such as `index.streaming`.
 */
export const loadHandler = async (taskRoot: string, handler: string): Promise<StreamingHandler & BufferedHandler> => {
  Object.assign(globalThis, {
    awslambda: {
      streamifyResponse: (handler: unknown) => handler,
      HttpResponseStream: {
        from: ({ begin }: Answer, prelude: Parameters<StartResponse>[0]): Writable => begin(prelude),
      },
    },
  });
  const [file, name = ''] = handler.split('.');
  const { default: bundle } = await import(join(taskRoot, `${file}.js`));
  return bundle[name];
};
