/** The usual handler: reads the whole image and returns it as base64. */
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';

const s3 = new S3Client();

export const handler = async (event: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> => {
  const { Body, ContentType } = await s3.send(
    new GetObjectCommand({ Bucket: process.env['IMAGES_BUCKET'], Key: event.pathParameters?.['proxy'] }),
  );
  const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
  return {
    statusCode: 200,
    headers: { 'Content-Type': ContentType ?? 'application/octet-stream' },
    body: Buffer.from(bytes).toString('base64'),
    isBase64Encoded: true,
  };
};
