import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { answerApiGateway, refuseApiGateway, type UsagePlan } from './api-gateway-service.ts';
import { type Answer, type ReceivedRequest, Refusal } from './exchange.ts';
import { answerS3, type Bucket, bucketRegion, refuseS3 } from './s3-service.ts';
import { answerSecretsManager, refuseSecretsManager, type Secret } from './secrets-manager-service.ts';
import { type AccessKey, type Scope, verifySignature } from './signature-v4.ts';
import { answerSts, type Role, refuseSts } from './sts-service.ts';

/**
 * One local HTTP server that answers the SDK like S3, STS, Secrets Manager and API Gateway, with the operations that the
 * service and the doctor use. It checks the signature of each request.
 */
export interface AwsOrigin {
  /** Options for clients of the SDK: the address of the origin, and the keys of `caller`. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** Variables that point the SDK in another process at the origin, with the keys of `caller`. */
  readonly environment: Readonly<Record<string, string>>;
  /** The ARN of the user to whom the keys in `client` belong. */
  readonly caller: string;
  /** Buckets by name. */
  readonly buckets: Map<string, Bucket>;
  /** Roles by ARN. */
  readonly roles: Map<string, Role>;
  /** Secrets in Secrets Manager, by name. */
  readonly managedSecrets: Map<string, Secret>;
  readonly usagePlans: UsagePlan[];
  /** All requests in order, including refused ones. Always empty if the origin is trusting. */
  readonly requests: ReceivedRequest[];
  /** Number of open connections. */
  sockets(): number;
  /** Number of requests whose answer is not complete and whose connection is open. */
  pending(): number;
  /** The ids, secrets and tokens of all access keys, including those of assumed roles. */
  secrets(): readonly string[];
  /** Sets the intervention for all later requests, or removes it. */
  intervene(intervention?: Intervention): void;
  close(): Promise<void>;
}

/**
 * Receives each correctly signed request with the regular answer, and returns the reply to send. If it throws a Refusal, the
 * service sends that as its error response.
 */
export type Intervention = (request: ReceivedRequest, answer: Answer) => Reply;

/** An answer, or a function that does something else with the response and its connection. */
export type Reply = Answer | ((response: ServerResponse) => void);

export interface AwsOriginOptions {
  /** The clock for signatures and Date headers, in milliseconds since 1970. Default: the clock of the machine. */
  readonly now?: (() => number) | undefined;
  /** Accepts every request as if `caller` had signed it, and records none. For benchmarks. Default: false. */
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
  const pending = new Set<ServerResponse>();
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
      const signedFor = (service === 's3' ? bucketRegion(request, buckets) : undefined) ?? region;
      const scope = { region: signedFor, service, time: now() };
      const arn = trusting ? caller : verifySignature(request, scope, keys).arn;
      return intervention(
        request,
        orRefuse(refuse, () => answer(request, arn)),
      );
    });
  };

  const server = createServer(async (incoming, response) => {
    pending.add(response);
    response.on('close', () => pending.delete(response));
    const request = await receive(incoming);
    if (!trusting) requests.push(request);
    const answer = reply(request);
    if (typeof answer === 'function') return answer(response);
    // The SDK corrects its clock by the Date header. Node caches its own Date header for up to a second and ignores `now`.
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
    pending: () => pending.size,
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
  /** @param caller the ARN of the user or role that signed the request. */
  answer(request: ReceivedRequest, caller: string): Answer;
  refuse(refusal: Refusal): Answer;
}

/** The service that a request is for. AWS has a host name for each service; the origin has one for all. */
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
  // Most requests have no body, and even reading an empty body would take longer than answering.
  const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
  return { method, path, query, headers, body: hasBody ? await text(incoming) : '' };
};
