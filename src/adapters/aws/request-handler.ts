/** Timeouts of each attempt in milliseconds. The SDK makes up to three attempts, with jitter between them. */
export interface AwsTimeouts {
  /** Milliseconds until the connection is open. */
  readonly connect: number;
  /** Milliseconds until the first byte of the response, including the time to connect. */
  readonly firstByte: number;
}

/** Connection settings of an SDK client. */
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
 * Returns the connection settings for an SDK client. Without these timeouts, the SDK waits indefinitely. The socket
 * timeout stays unset, because it cannot distinguish a slow reader from a slow store. The resuming store limits stalls.
 */
export const requestHandlerFor = ({ connect, firstByte }: AwsTimeouts = DEFAULTS): RequestHandlerOptions => ({
  connectionTimeout: connect,
  requestTimeout: firstByte,
  throwOnRequestTimeout: true,
  httpAgent: AGENT,
  httpsAgent: AGENT,
});

const AGENT: AgentOptions = {
  // The default of the SDK is 50. Request 51 would wait for another download and could time out on a healthy store.
  maxSockets: Number.POSITIVE_INFINITY,
};
const DEFAULTS: AwsTimeouts = { connect: 2_000, firstByte: 5_000 };
