import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { answerApiGateway, refuseApiGateway, type UsagePlan } from './api-gateway-service.ts';
import { type Answer, type ReceivedRequest, Refusal } from './exchange.ts';
import { answerS3, type Bucket, refuseS3 } from './s3-service.ts';
import { answerSecretsManager, refuseSecretsManager, type Secret } from './secrets-manager-service.ts';
import { type AccessKey, type Scope, verifySignature } from './signature-v4.ts';
import { answerSts, type Role, refuseSts } from './sts-service.ts';

/** S3, STS, and what the doctor asks of others, as the SDK meets them on the wire: one HTTP server on the loopback that checks what it is sent. */
export interface AwsOrigin {
  /** For the clients of the SDK: where the origin is, and the keys of `caller`. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** Variables that point the SDK in another process at the origin, with the keys of `caller`. */
  readonly environment: Readonly<Record<string, string>>;
  /** The ARN of the user whose keys `client` has. */
  readonly caller: string;
  /** By name. */
  readonly buckets: Map<string, Bucket>;
  /** By ARN. */
  readonly roles: Map<string, Role>;
  /** Of Secrets Manager, by name. */
  readonly managedSecrets: Map<string, Secret>;
  readonly usagePlans: UsagePlan[];
  /** All requests in order, refused ones included. Stays empty when `trusting`. */
  readonly requests: ReceivedRequest[];
  /** How many connections are open now. */
  sockets(): number;
  /** The ids, secrets and tokens of all keys that it knows or has issued. */
  secrets(): readonly string[];
  /** From now on, lets `intervention` decide what goes out; without one, the services answer for themselves. */
  intervene(intervention?: Intervention): void;
  close(): Promise<void>;
}

/**
 * Sees each request that was signed rightly, with the answer that it would get, and says what goes out in its place. A
 * Refusal that it throws goes out as an error of the service that was asked.
 */
export type Intervention = (request: ReceivedRequest, answer: Answer) => Reply;

/** An answer, or whatever is done to the connection instead. */
export type Reply = Answer | ((response: ServerResponse) => void);

export interface AwsOriginOptions {
  /** The time by which it judges and dates, in milliseconds since 1970. Default: the time of the machine. */
  readonly now?: (() => number) | undefined;
  /** Accepts every request as one of `caller`, unsigned ones included, and keeps none: for benchmarks. Default: false. */
  readonly trusting?: boolean;
}

export const startAwsOrigin = async (options: AwsOriginOptions = {}): Promise<AwsOrigin> => {
  const { now = () => Date.now(), trusting = false } = options;
  const caller = 'arn:aws:iam::111111111111:user/caller';
  const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: randomUUID() };
  const region = 'eu-central-1';
  const keys = new Map<string, AccessKey>([
    [credentials.accessKeyId, { arn: caller, secretAccessKey: credentials.secretAccessKey }],
  ]);
  const buckets = new Map<string, Bucket>();
  const roles = new Map<string, Role>();
  const managedSecrets = new Map<string, Secret>();
  const usagePlans: UsagePlan[] = [];
  const requests: ReceivedRequest[] = [];
  const sockets = new Set<Socket>();
  let intervention: Intervention = passOn;

  const services: Readonly<Record<Scope['service'], Service>> = {
    s3: { answer: (request, arn) => answerS3(request, buckets, arn), refuse: refuseS3 },
    sts: { answer: (request, arn) => answerSts(request, roles, keys, arn), refuse: refuseSts },
    secretsmanager: {
      answer: (request) => answerSecretsManager(request, managedSecrets),
      refuse: refuseSecretsManager,
    },
    apigateway: { answer: (request) => answerApiGateway(request, usagePlans), refuse: refuseApiGateway },
  };

  const reply = (request: ReceivedRequest): Reply => {
    const service = serviceOf(request);
    const { answer, refuse } = services[service];
    return orRefuse(refuse, () => {
      const arn = trusting ? caller : verifySignature(request, { region, service, time: now() }, keys).arn;
      return intervention(
        request,
        orRefuse(refuse, () => answer(request, arn)),
      );
    });
  };

  const server = createServer(async (incoming, response) => {
    const request = await receive(incoming);
    if (!trusting) requests.push(request);
    const answer = reply(request);
    if (typeof answer === 'function') return answer(response);
    // The SDK sets its clock by this field, and node would repeat the one of the last second.
    response.writeHead(answer.status, { Date: new Date(now()).toUTCString(), ...answer.headers });
    response.end(request.method === 'HEAD' ? undefined : answer.body);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  const endpoint = `http://127.0.0.1:${port}`;

  return {
    client: { endpoint, region, credentials },
    environment: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
    caller,
    buckets,
    roles,
    managedSecrets,
    usagePlans,
    requests,
    sockets: () => sockets.size,
    secrets: () =>
      [...keys].flatMap(([id, { secretAccessKey, sessionToken }]) => [id, secretAccessKey, sessionToken ?? []].flat()),
    intervene: (next = passOn) => {
      intervention = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

interface Service {
  /** @param caller the ARN of who signed. */
  answer(request: ReceivedRequest, caller: string): Answer;
  refuse(refusal: Refusal): Answer;
}

/** AWS tells them apart by their hosts. */
const serviceOf = ({ path, headers }: ReceivedRequest): Scope['service'] => {
  if (headers['x-amz-target'] !== undefined) return 'secretsmanager';
  if (path === '/') return 'sts';
  return path.startsWith('/usageplans') ? 'apigateway' : 's3';
};

const orRefuse = <Outcome extends Reply>(
  refuse: (refusal: Refusal) => Answer,
  run: () => Outcome,
): Outcome | Answer => {
  try {
    return run();
  } catch (error) {
    if (error instanceof Refusal) return refuse(error);
    throw error;
  }
};

const passOn: Intervention = (_request, answer) => answer;

const receive = async (incoming: IncomingMessage): Promise<ReceivedRequest> => {
  const { method = '', url = '', headers } = incoming;
  const [path = '', query = ''] = url.split('?');
  // Reading a body takes longer than answering a small request, and most requests have none.
  const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
  return { method, path, query, headers, body: hasBody ? await text(incoming) : '' };
};
