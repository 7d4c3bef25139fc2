import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Completion, type FunctionError, type ResponseObserver, readError, readResponse } from './completion.ts';

export interface RuntimeApi {
  /** What the function has to find in AWS_LAMBDA_RUNTIME_API. */
  readonly address: string;
  /** Settles when the function asks for its first event, or tells why it never will. */
  readonly initialised: Promise<FunctionError | undefined>;
  /**
   * Hands an event to the function, after those before it. Rejects when the function does not keep to the protocol.
   */
  invoke(event: unknown, observer?: InvocationObserver): Promise<Completion>;
  /** Rejects all that the function still owes: it has ended. */
  abandon(reason: Error): void;
  close(): Promise<void>;
}

/** Who wants to know more of an invocation than how it ended. */
export interface InvocationObserver extends ResponseObserver {
  /** Milliseconds until the deadline that the function is told. Default: a minute. */
  readonly timeoutMs?: number;
  /** The function has asked for the event, and gets it now. */
  onStart?(): void;
}

/**
 * The part of Lambda that runs a function: an HTTP server from which the function's process takes one event after the
 * other. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export const startRuntimeApi = async (): Promise<RuntimeApi> => {
  const initialised = defer<FunctionError | undefined>();
  // Whoever invokes is told as well, and need not wait for this one.
  initialised.promise.catch(() => {});
  const waiting: Invocation[] = [];
  const running = new Map<string, Invocation>();
  let asking: ServerResponse | undefined;
  let abandoned: Error | undefined;
  let invocations = 0;

  const dispatch = (): void => {
    const invocation = asking && waiting.shift();
    if (asking === undefined || invocation === undefined) return;
    running.set(invocation.id, invocation);
    invocation.observer.onStart?.();
    asking.writeHead(200, {
      'Content-Type': 'application/json',
      'Lambda-Runtime-Aws-Request-Id': invocation.id,
      'Lambda-Runtime-Deadline-Ms': String(Date.now() + (invocation.observer.timeoutMs ?? 60_000)),
      'Lambda-Runtime-Invoked-Function-Arn': 'arn:aws:lambda:eu-west-1:111122223333:function:images',
    });
    asking.end(invocation.event);
    asking = undefined;
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
    // An invocation ends once: whatever else is posted for it is refused.
    running.delete(id);
    if (call === 'GET /2018-06-01/runtime/invocation/next') {
      asking = response;
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

/** Promise.withResolvers, which ES2023 does not have. */
const defer = <Value>(): Deferred<Value> => {
  let resolve!: Deferred<Value>['resolve'];
  let reject!: Deferred<Value>['reject'];
  const promise = new Promise<Value>((...settle) => {
    [resolve, reject] = settle;
  });
  return { promise, resolve, reject };
};
