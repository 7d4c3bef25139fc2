import {
  AuthorizationType,
  ContentHandling,
  type IResource,
  MockIntegration,
  PassthroughBehavior,
} from 'aws-cdk-lib/aws-apigateway';
import { preflightHeaders } from '../../src/contract/http.ts';

/**
 * Adds an OPTIONS method that answers the preflight requests of browsers, if there are origins. It needs no key, because
 * browsers send none with these requests, and API Gateway answers it without the function.
 *
 * @param corsOrigins origins whose scripts may send requests; `*` for all.
 * @param acceptsBatches whether the resource accepts POST.
 * @throws TypeError if an origin is unknown at synthesis.
 */
export const addPreflight = (
  resource: IResource,
  corsOrigins: readonly string[],
  { acceptsBatches }: { readonly acceptsBatches: boolean },
): void => {
  if (corsOrigins.length === 0) return;
  const anyOrigin = corsOrigins.includes('*');
  const headers = { ...preflightHeaders(acceptsBatches), ...(anyOrigin ? { [ALLOW_ORIGIN]: '*' } : {}) };
  const integration = new MockIntegration({
    // Without both conversions, the method answers 500 if the API treats every media type as binary.
    // https://github.com/aws/chalice/issues/1310
    contentHandling: ContentHandling.CONVERT_TO_TEXT,
    passthroughBehavior: PassthroughBehavior.NEVER,
    requestTemplates: { 'application/json': JSON.stringify({ statusCode: 204 }) },
    integrationResponses: [
      {
        statusCode: STATUS,
        contentHandling: ContentHandling.CONVERT_TO_TEXT,
        responseParameters: mapHeaders(Object.entries(headers).map(([name, value]) => [name, `'${value}'`])),
        ...(anyOrigin ? {} : { responseTemplates: { 'application/json': formatOriginTemplate(corsOrigins) } }),
      },
    ],
  });
  resource.addMethod('OPTIONS', integration, {
    apiKeyRequired: false,
    authorizationType: AuthorizationType.NONE,
    methodResponses: [
      {
        statusCode: STATUS,
        responseParameters: mapHeaders([...Object.keys(headers), ALLOW_ORIGIN].map((name) => [name, true])),
      },
    ],
  });
};

const STATUS = '204';
const ALLOW_ORIGIN = 'Access-Control-Allow-Origin';

const mapHeaders = <Value>(headers: readonly (readonly [name: string, Value])[]): Record<string, Value> =>
  Object.fromEntries(headers.map(([name, value]) => [`method.response.header.${name}`, value]));

/**
 * A template that allows the origin of the request if it is one of `origins`. Its body is empty.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-override-request-response-parameters.html
 */
const formatOriginTemplate = (origins: readonly string[]): string =>
  [
    // HTTP/2 clients send header names in lower case.
    "#set($origin = $input.params().header.get('Origin'))",
    "#if(!$origin || $origin == '')",
    "#set($origin = $input.params().header.get('origin'))",
    '#end',
    `#if(${origins.map((origin) => `$origin == '${checkOrigin(origin)}'`).join(' || ')})`,
    `#set($context.responseOverride.header.${ALLOW_ORIGIN} = $origin)`,
    '#end',
  ].join('\n');

/** Returns the origin if it has no character that ends a string of the template or starts an expression. */
const checkOrigin = (origin: string): string => {
  if (/^[\w.:/[\]-]+$/.test(origin)) return origin;
  throw new TypeError(
    `corsOrigins: ${origin} cannot be written into a template of API Gateway; write an origin such as https://app.example.com, which is known at synthesis`,
  );
};
