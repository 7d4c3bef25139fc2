import { Duration } from 'aws-cdk-lib';
import { ResponseTransferMode } from 'aws-cdk-lib/aws-apigateway';
import type { ResponseMode } from './service-settings.ts';

/** Function and integration of a response mode. */
export interface ModeResources {
  /** Each mode has its own function, so a switch creates the new function before it deletes the old one. */
  readonly functionId: string;
  /** Export of the bundle. It must match the integration: a streaming handler behind a buffered one answers 502. */
  readonly handler: string;
  /** Path of the action of Lambda that the integration calls. */
  readonly invocationPath: (functionArn: string) => string;
  readonly responseTransferMode: ResponseTransferMode;
  readonly binaryMediaTypes: string[];
  /** Timeout of the function and of the integration. */
  readonly timeout: Duration;
}

export const RESPONSE_MODES: Readonly<Record<ResponseMode, ModeResources>> = {
  stream: {
    functionId: 'Function',
    handler: 'index.streaming',
    invocationPath: (arn) => `2021-11-15/functions/${arn}/response-streaming-invocations`,
    responseTransferMode: ResponseTransferMode.STREAM,
    binaryMediaTypes: [],
    // The largest response (200 MB) takes 97 s at 2 MB/s, the rate to which Lambda and API Gateway throttle a stream.
    // By default it starts within 27 s, and interruptions of the store may add 30 s. AWS allows 15 minutes, but a slow
    // client, or one that left, would then keep one execution environment busy that long.
    timeout: Duration.minutes(3),
  },
  buffered: {
    functionId: 'BufferedFunction',
    handler: 'index.buffered',
    invocationPath: (arn) => `2015-03-31/functions/${arn}/invocations`,
    responseTransferMode: ResponseTransferMode.BUFFERED,
    // API Gateway decodes a body if the first type in the request's Accept header is listed here; the image's type is
    // irrelevant.
    binaryMediaTypes: ['*/*'],
    // The longest time that API Gateway waits, unless its quota was raised.
    timeout: Duration.seconds(29),
  },
};
