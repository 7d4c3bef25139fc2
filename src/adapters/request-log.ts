/** One request, recorded after its response has ended. */
export interface RequestRecord {
  readonly requestId: string;
  readonly apiKeyId: string | undefined;
  readonly method: string;
  /** As it was sent, encoded. */
  readonly path: string;
  readonly key: string | undefined;
  readonly route: string | undefined;
  readonly status: number;
  /** The code of the failure. */
  readonly code: string | undefined;
  /** Bytes of the body that were sent. */
  readonly bytes: number;
  /** How often the image was interrupted on its way from the store and resumed. */
  readonly resumes?: number | undefined;
  /** Milliseconds by phase. */
  readonly phases: Readonly<Record<string, number>>;
  /** Whether it was the first request of this process. */
  readonly coldStart: boolean;
  /** Why it failed; never sent to the caller. */
  readonly error: unknown;
}

export interface RequestLog {
  record(record: RequestRecord): void;
}
