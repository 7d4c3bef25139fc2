/**
 * The smallest streaming handler that the SDK allows. It checks nothing and sends the content type as the only header.
 */
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { APIGatewayProxyEvent } from 'aws-lambda';

const s3 = new S3Client();

export const handler: unknown = awslambda.streamifyResponse<APIGatewayProxyEvent>(async (event, stream) => {
  const { Body, ContentType } = await s3.send(
    new GetObjectCommand({ Bucket: process.env['IMAGES_BUCKET'], Key: event.pathParameters?.['proxy'] }),
  );
  const prelude = { statusCode: 200, headers: { 'Content-Type': ContentType } };
  await pipeline(Body as Readable, awslambda.HttpResponseStream.from(stream, prelude));
});
