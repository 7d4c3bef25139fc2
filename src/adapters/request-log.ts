/** Log record of one request, written after the response has ended. */
export interface RequestRecord {
  /** ID of the response. A client can choose it. */
  readonly requestId: string;
  /** API Gateway's own ID of the request, which a client cannot choose. */
  readonly extendedRequestId: string | undefined;
  /** Lambda's ID of the invocation. The lines of the runtime have no other ID. */
  readonly awsRequestId: string | undefined;
  /** ID of the X-Ray trace. */
  readonly traceId: string | undefined;
  readonly apiKeyId: string | undefined;
  readonly method: string;
  /** Encoded path, as the client sent it, without the query. Empty for listings and batches. */
  readonly path: string;
  readonly key: string | undefined;
  readonly route: string | undefined;
  readonly status: number;
  /**
   * Problem code, or `client-timeout`, which is only logged; undefined if the request succeeded. Of a batch, whose status is
   * 200, it is the first failure of the service or the store.
   */
  readonly code: string | undefined;
  /** Number of body bytes that were sent. */
  readonly bytes: number;
  /** Number of images of a listing, or of located images of a batch; undefined for other requests. Never their names. */
  readonly images?: number | undefined;
  /** Number of keys that a listing skipped, because no path leads to them, or only one that loses part of the name. */
  readonly skipped?: number | undefined;
  /** Number of calls with which a listing asked the store. */
  readonly calls?: number | undefined;
  /** Number of paths of a batch that have no location. */
  readonly failed?: number | undefined;
  /** How often the download from the store was interrupted and resumed; undefined if never. */
  readonly resumes?: number | undefined;
  /** Milliseconds of each phase that the request reached. */
  readonly phases: Readonly<Record<string, number>>;
  /** True for the first request of this process. */
  readonly coldStart: boolean;
  /** The error with its cause, if the request failed. The cause is never sent to the client. */
  readonly error: unknown;
}

export interface RequestLog {
  record(record: RequestRecord): void;
}
