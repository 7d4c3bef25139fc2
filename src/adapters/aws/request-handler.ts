/** In milliseconds, of each attempt; the SDK makes up to three, and waits between them with jitter. */
export interface AwsTimeouts {
  /** Until there is a connection. */
  readonly connect: number;
  /** Until the first byte of the answer, the time to connect included. */
  readonly firstByte: number;
}

/** What a client of the SDK is to be told about its connections. */
interface RequestHandlerOptions {
  readonly connectionTimeout: number;
  readonly requestTimeout: number;
  readonly throwOnRequestTimeout: true;
  readonly httpAgent: AgentOptions;
  readonly httpsAgent: AgentOptions;
}

interface AgentOptions {
  readonly maxSockets: number;
}

/**
 * Without these timeouts the SDK waits forever. Its socket timeout stays unset, because it cannot tell a slow reader from
 * a slow store; the resuming store limits that wait.
 */
export const requestHandlerFor = ({ connect, firstByte }: AwsTimeouts = DEFAULTS): RequestHandlerOptions => ({
  connectionTimeout: connect,
  requestTimeout: firstByte,
  throwOnRequestTimeout: true,
  httpAgent: AGENT,
  httpsAgent: AGENT,
});

const AGENT: AgentOptions = {
  // The SDK's own limit is 50. The 51st would wait for the end of a download, and time out for no fault of the store.
  maxSockets: Number.POSITIVE_INFINITY,
};
const DEFAULTS: AwsTimeouts = { connect: 2_000, firstByte: 5_000 };
