import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Completion, type FunctionError, type ResponseObserver, readError, readResponse } from './completion.ts';

export interface RuntimeApi {
  /** The value of AWS_LAMBDA_RUNTIME_API for the function. */
  readonly address: string;
  /** Resolves when the function requests its first event, or with the error if it fails to initialise. */
  readonly initialised: Promise<FunctionError | undefined>;
  /** Queues an event for the function. Rejects if the function violates the protocol. */
  invoke(event: unknown, observer?: InvocationObserver): Promise<Completion>;
  /** Rejects all pending and later invocations, because the process of the function has exited. */
  abandon(reason: Error): void;
  close(): Promise<void>;
}

/** Observes the progress of an invocation, and sets its timeout. */
export interface InvocationObserver extends ResponseObserver {
  /** Milliseconds until the deadline that the function receives. Default: one minute. */
  readonly timeoutMs?: number;
  /** Called when the function receives the event. */
  onStart?(): void;
}

/**
 * The part of Lambda that runs a function: an HTTP server from which the process of the function fetches one event after
 * another. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export const startRuntimeApi = async (): Promise<RuntimeApi> => {
  const initialised = defer<FunctionError | undefined>();
  // `abandon` also rejects the invocations, so a caller need not handle this rejection.
  initialised.promise.catch(() => {});
  const waiting: Invocation[] = [];
  const running = new Map<string, Invocation>();
  /** The open request of the function for its next event. */
  let nextEvent: ServerResponse | undefined;
  let abandoned: Error | undefined;
  let invocations = 0;

  const dispatch = (): void => {
    const invocation = nextEvent && waiting.shift();
    if (nextEvent === undefined || invocation === undefined) return;
    running.set(invocation.id, invocation);
    invocation.observer.onStart?.();
    nextEvent.writeHead(200, {
      'Content-Type': 'application/json',
      'Lambda-Runtime-Aws-Request-Id': invocation.id,
      'Lambda-Runtime-Deadline-Ms': String(Date.now() + (invocation.observer.timeoutMs ?? 60_000)),
      'Lambda-Runtime-Invoked-Function-Arn': 'arn:aws:lambda:eu-west-1:111122223333:function:images',
      'Lambda-Runtime-Trace-Id': 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1',
    });
    nextEvent.end(invocation.event);
    nextEvent = undefined;
  };

  const complete = async (
    request: IncomingMessage,
    { ended, observer }: Invocation,
    isError: boolean,
  ): Promise<void> => {
    try {
      ended.resolve(
        isError
          ? { kind: 'failed', error: await readError(request), body: Buffer.alloc(0) }
          : await readResponse(request, observer),
      );
    } catch (error) {
      ended.reject(error);
    }
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const call = `${request.method} ${request.url}`;
    const [, id = '', outcome] = INVOCATION.exec(call) ?? [];
    const invocation = running.get(id);
    // An invocation completes once. Later posts for it are refused.
    running.delete(id);
    if (call === 'GET /2018-06-01/runtime/invocation/next') {
      nextEvent = response;
      initialised.resolve(undefined);
      dispatch();
    } else if (call === 'POST /2018-06-01/runtime/init/error') {
      initialised.resolve(await readError(request));
      response.writeHead(202).end();
    } else if (invocation !== undefined) {
      await complete(request, invocation, outcome === 'error');
      response.writeHead(202).end();
    } else {
      response.writeHead(400).end();
    }
  };

  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    initialised: initialised.promise,
    invoke: (event, observer = {}) => {
      if (abandoned !== undefined) return Promise.reject(abandoned);
      const ended = defer<Completion>();
      waiting.push({ id: `invocation-${++invocations}`, event: JSON.stringify(event), observer, ended });
      dispatch();
      return ended.promise;
    },
    abandon: (reason) => {
      abandoned = reason;
      initialised.reject(reason);
      for (const { ended } of [...waiting.splice(0), ...running.values()]) ended.reject(reason);
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
};

interface Invocation {
  readonly id: string;
  readonly event: string;
  readonly observer: InvocationObserver;
  readonly ended: Deferred<Completion>;
}

const INVOCATION = /^POST \/2018-06-01\/runtime\/invocation\/([\w-]+)\/(response|error)$/;

interface Deferred<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (reason: unknown) => void;
}

/** A replacement for Promise.withResolvers, which ES2023 does not have. */
const defer = <Value>(): Deferred<Value> => {
  let resolve!: Deferred<Value>['resolve'];
  let reject!: Deferred<Value>['reject'];
  const promise = new Promise<Value>((...settle) => {
    [resolve, reject] = settle;
  });
  return { promise, resolve, reject };
};
