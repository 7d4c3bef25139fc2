import { describe, expect, it } from 'vitest';
import { bucketPolicy } from '../../infra/app/bucket-policy.ts';
import { readSettings as readContext } from '../../infra/app/settings.ts';
import { createS3Client } from '../../src/adapters/aws/s3-bucket.ts';
import { createS3ImageIndex } from '../../src/adapters/aws/s3-image-index.ts';
import { createS3ImageLocator } from '../../src/adapters/aws/s3-image-locator.ts';
import { createS3ImageStore } from '../../src/adapters/aws/s3-image-store.ts';
import { createHandlers } from '../../src/app/container.ts';
import { readSettings } from '../../src/settings/variables.ts';
import { CDK_CONTEXT, resolveReferences, resourcesOf, synthesize, type Template } from '../support/assembly.ts';
import { type AwsOrigin, startAwsOrigin } from '../support/aws-origin/aws-origin.ts';
import type { ReceivedRequest } from '../support/aws-origin/exchange.ts';
import { createObject } from '../support/aws-origin/s3-service.ts';
import { type EventChanges, proxyEvent } from '../support/events.ts';
import { type AccessRequest, isAllowed, type PolicyStatement } from '../support/policy-evaluator.ts';
import { embed, type Options } from './embedding.ts';

const ON = { listing: 'on', signedLocations: 'on', redirectAbove: 10 } as const;
const ON_IN_CONTEXT = { 'dev.listing': 'on', 'dev.signedLocations': 'on', 'dev.redirectAbove': '10' };
const VARIABLES = { LISTING: 'on', SIGNED_LOCATIONS: 'on', REDIRECT_ABOVE: '10' };

const READER = {
  readerRoleArn: 'arn:aws:iam::222222222222:role/images-reader',
  externalId: 'partner-images',
  bucketAccount: '222222222222',
};

/** The differences between two templates: the types of the changed resources, and the variables that the second one adds. */
const compare = (off: Template, on: Template) => {
  const [before, after] = [off, on].map(({ Resources }) => withoutDeploymentHash(Resources));
  const changed = Object.keys({ ...before, ...after }).filter(
    (id) => JSON.stringify(before?.[id]) !== JSON.stringify(after?.[id]),
  );
  const added: Record<string, unknown> = {};
  const others: string[] = [];
  for (const id of changed) {
    const [old, current] = [before?.[id], after?.[id]];
    if (old?.Type === 'AWS::Lambda::Function' && current !== undefined) {
      const { variables: oldVariables, ...oldRest } = splitVariables(old.Properties);
      const { variables, ...rest } = splitVariables(current.Properties);
      expect(rest).toEqual(oldRest);
      for (const [name, value] of Object.entries(variables)) {
        if (name in oldVariables) expect(value).toEqual(oldVariables[name]);
        else added[name] = value;
      }
      expect(Object.keys(variables)).toEqual(expect.arrayContaining(Object.keys(oldVariables)));
    } else {
      const { HttpMethod = '', ResourceId } = current?.Properties ?? {};
      const isRoot = JSON.stringify(ResourceId)?.includes('RootResourceId');
      others.push(`${current?.Type} ${HttpMethod} ${isRoot ? '/' : id}`);
    }
  }
  return { added, others };
};

type Properties = Readonly<Record<string, unknown>>;

const splitVariables = ({ Environment, ...rest }: Properties) => ({
  rest,
  variables: (Environment as { Variables: Record<string, unknown> }).Variables,
});

/** CDK adds a hash of the API to the ID of its deployment, so that a changed API is deployed. */
const withoutDeploymentHash = (resources: Template['Resources']): Template['Resources'] =>
  JSON.parse(JSON.stringify(resources).replace(/(Deployment[\dA-F]{8})[\da-f]{32}/g, '$1'));

const VARIABLES_ONLY = { added: VARIABLES, others: [] };
const VARIABLES_AND_PREFLIGHT = { added: VARIABLES, others: ['AWS::ApiGateway::Method OPTIONS /'] };

describe.each<[string, Options]>([
  ['a whole bucket', {}],
  ['a prefix', { prefix: 'partners' }],
  ['a reader role', READER],
  ['a reader role and a prefix', { ...READER, prefix: 'partners' }],
  [
    'a private API with address ranges',
    { endpoint: 'private', vpcEndpointIds: ['vpce-0123456789abcdef0'], allowedCidrs: ['10.0.0.0/8'] },
  ],
])('listings, signed locations and redirects of the construct with %s', (_, options) => {
  it('add variables of the function, and change no policy and no other resource', () => {
    expect(compare(embed(options), embed({ ...options, ...ON }))).toEqual(VARIABLES_ONLY);
  });

  it('also change the preflight method of the root if CORS origins are configured', () => {
    const cors = { ...options, corsOrigins: ['https://app.example.com'] };
    expect(compare(embed(cors), embed({ ...cors, ...ON }))).toEqual(VARIABLES_AND_PREFLIGHT);
  });

  it('leave the preflight method as it is if only listings are on', () => {
    const cors = { ...options, corsOrigins: ['*'] };
    expect(compare(embed(cors), embed({ ...cors, listing: 'on' }))).toEqual({ added: { LISTING: 'on' }, others: [] });
  });
});

const SERVICE = '111111111111';
const PARTNER = '222222222222';
const LAMBDA_ROLE = `arn:aws:iam::${SERVICE}:role/images-api-global-dev--lambda-role`;
const READER_ROLE = `arn:aws:iam::${PARTNER}:role/images-reader`;

const LOCATION = {
  environment: 'dev',
  owner: 'alice',
  'dev.account': SERVICE,
  'dev.bucket': 'images',
  'dev.mapping': {
    routes: [
      { path: 'partnerimages/{id[0:2]}/{id[2:4]}/{id:digits}.{ext:image}', key: '{id}/original.{ext}' },
      { path: 'logos/{name}.{ext:image}', key: 'logos/{name}.{ext}' },
    ],
  },
};
const THEIR_BUCKET = { 'dev.bucketAccount': PARTNER };
const WITH_READER = { ...THEIR_BUCKET, 'dev.readerRoleArn': READER_ROLE, 'dev.externalId': 'partner-images' };

/** Options of the CDK app, with the roles that read the bucket. */
const APPS = {
  'a whole bucket': { options: {}, reader: LAMBDA_ROLE },
  'a prefix': { options: { 'dev.prefix': 'partners' }, reader: LAMBDA_ROLE },
  'a prefix with a trailing slash': { options: { 'dev.prefix': 'partners/a b/' }, reader: LAMBDA_ROLE },
  'a bucket of another account': { options: { ...THEIR_BUCKET, 'dev.prefix': 'partners' }, reader: LAMBDA_ROLE },
  'a reader role': { options: WITH_READER, reader: READER_ROLE },
  'a reader role and a prefix': { options: { ...WITH_READER, 'dev.prefix': 'partners' }, reader: READER_ROLE },
} as const;

const templateOf = (templates: ReadonlyMap<string, Template>, name: string): Template => {
  const template = templates.get(name);
  if (template === undefined) throw new Error(`There is no stack ${name}.`);
  return template;
};

/** The statements that allow the reader to use the bucket: those of its role, and of the bucket in another account. */
const policiesOf = (templates: ReadonlyMap<string, Template>, options: object, reader: string) => {
  const [stack, account] =
    reader === READER_ROLE ? ['images-api-reader-dev', PARTNER] : ['images-api-global-dev', SERVICE];
  const [role] = resourcesOf(templateOf(templates, String(stack)), 'AWS::IAM::Role');
  const { Policies } = resolveReferences(role?.Properties, String(account)) as {
    Policies: readonly { readonly PolicyDocument: { readonly Statement: readonly PolicyStatement[] } }[];
  };
  const own = Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
  const needsBucketPolicy = 'dev.bucketAccount' in options && reader === LAMBDA_ROLE;
  if (!needsBucketPolicy) return [own];
  const [settings] = readContext({ ...CDK_CONTEXT, ...options }).environments;
  if (settings === undefined) throw new Error('cdk.json has no environment dev.');
  return [own, bucketPolicy(settings) as readonly PolicyStatement[]];
};

/** A request to S3 as IAM sees it. A listing is evaluated with the value of its parameter `prefix`. */
const toAccessRequest = ({ method, path, query }: ReceivedRequest, caller: string): AccessRequest => {
  const [, bucket = '', key = ''] = /^\/([^/]+)\/?(.*)$/.exec(path) ?? [];
  const arn = `arn:aws:s3:::${bucket}`;
  if (key !== '') return { caller, action: 's3:GetObject', resource: `${arn}/${decodeURIComponent(key)}` };
  const prefix = new URLSearchParams(query).get('prefix');
  expect([method, new URLSearchParams(query).get('list-type')]).toEqual(['GET', '2']);
  return { caller, action: 's3:ListBucket', resource: arn, context: prefix === null ? {} : { 's3:prefix': prefix } };
};

/** Requests for which the service lists, signs and redirects. Their responses may contain URLs, which are read as well. */
const REQUESTS: readonly (readonly [path: string, changes: EventChanges])[] = [
  ['', {}],
  ['', { query: { prefix: 'partnerimages/' } }],
  ['', { query: { prefix: 'partnerimages/67/28/' } }],
  ['', { query: { prefix: 'partnerimages/67/28/672857' } }],
  ['', { query: { prefix: 'logos/' } }],
  ['', { query: { prefix: 'logos/a', limit: '1' } }],
  ['', { method: 'POST', body: '{"paths":["partnerimages/67/28/672857.jpeg","logos/missing.png"]}' }],
  ['', { method: 'POST', body: '{"paths":["logos/a.png"],"describe":false}' }],
  ['partnerimages/67/28/672857.jpeg', {}],
];

/** Sends the requests to a service with the variables of the function. Returns the requests that reached S3. */
const captureRequests = async (lambda: Properties, prefix: string): Promise<readonly ReceivedRequest[]> => {
  const origin: AwsOrigin = await startAwsOrigin();
  try {
    const objects = ['672857/original.jpeg', '6728/original.jpeg', 'logos/a.png', 'logos/b.png'].map(
      (name) => [`${prefix}${name}`, createObject(new Uint8Array(20))] as const,
    );
    origin.buckets.set('images', { owner: PARTNER, objects: new Map(objects) });
    const variables = resolveReferences(lambda['Environment'], SERVICE) as { Variables: Record<string, string> };
    const bucket = { bucket: 'images', client: createS3Client(origin.client) };
    const { buffered } = createHandlers(readSettings(variables.Variables), {
      store: createS3ImageStore(bucket),
      index: createS3ImageIndex(bucket),
      locator: createS3ImageLocator(bucket),
      log: { record: () => undefined },
    });
    for (const [path, changes] of REQUESTS) {
      const context = { awsRequestId: 'invocation-1', getRemainingTimeInMillis: () => 30_000 };
      const { statusCode, headers, body } = await buffered(proxyEvent(path, changes), context);
      expect([path, changes, statusCode]).toEqual([path, changes, path === '' ? 200 : 307]);
      const text = `${headers['Location']}\n${Buffer.from(body, 'base64')}`;
      for (const [url] of text.matchAll(/http:[^"\n]+/g)) await (await fetch(url)).arrayBuffer();
    }
    return origin.requests;
  } finally {
    await origin.close();
  }
};

describe.each(Object.entries(APPS))('the CDK app with %s', (_, { options: changes, reader }) => {
  const options = { ...LOCATION, ...changes };
  const on = synthesize({ ...options, ...ON_IN_CONTEXT });
  const APIS = ['images-api-dev', 'images-api-dev-alice'];

  it.each([
    ['no CORS origins', {}, VARIABLES_ONLY],
    ['CORS origins', { 'dev.corsOrigins': '["*"]' }, VARIABLES_AND_PREFLIGHT],
  ])('and with %s, grants nothing for listings, signed locations and redirects', (_, cors, difference) => {
    const [before, after] = [
      synthesize({ ...options, ...cors }),
      'dev.corsOrigins' in cors ? synthesize({ ...options, ...cors, ...ON_IN_CONTEXT }) : on,
    ];
    expect([...after.keys()]).toEqual([...before.keys()]);
    for (const [name, template] of after) {
      const old = templateOf(before, name);
      if (APIS.includes(name)) expect(compare(old, template)).toEqual(difference);
      else expect(template).toEqual(old);
    }
    expect([...after.keys()].filter((name) => APIS.includes(name))).toHaveLength(2);
  });

  it('allows every request that the service and its clients send to S3', async () => {
    const [lambda] = resourcesOf(templateOf(on, 'images-api-dev'), 'AWS::Lambda::Function');
    const given = 'dev.prefix' in changes ? changes['dev.prefix'] : '';
    const prefix = given === '' ? '' : `${given.replace(/\/$/, '')}/`;
    const requests = (await captureRequests(lambda?.Properties ?? {}, prefix)).map((request) =>
      toAccessRequest(request, reader),
    );
    const policies = policiesOf(on, options, reader);
    for (const request of requests) {
      for (const statements of policies) expect([request, isAllowed(statements, request)]).toEqual([request, true]);
    }
    const listed = requests.flatMap(({ action, context }) =>
      action === 's3:ListBucket' ? [context?.['s3:prefix']] : [],
    );
    expect(new Set(listed)).toEqual(
      new Set(['', 'logos/', '6728', '672857', 'logos/a'].map((start) => `${prefix}${start}`)),
    );
    expect(requests.filter(({ action }) => action === 's3:GetObject').length).toBeGreaterThanOrEqual(6);
  });

  it('denies listings outside the prefix, of another bucket and of versions', () => {
    const prefix = 'dev.prefix' in changes ? changes['dev.prefix'].replace(/\/$/, '') : undefined;
    const list = (start: string | undefined, bucket = 'images', action = 's3:ListBucket'): AccessRequest => ({
      caller: reader,
      action,
      resource: `arn:aws:s3:::${bucket}`,
      context: start === undefined ? {} : { 's3:prefix': start },
    });
    const outside =
      prefix === undefined
        ? []
        : [undefined, '', prefix, prefix.slice(0, -1), `${prefix}-2/`, `/${prefix}/`, prefix.toUpperCase(), 'logos/'];
    const refused = [
      ...outside.map((start) => list(start)),
      list(`${prefix ?? ''}/a`, 'images-2'),
      list(`${prefix ?? ''}/a`, 'images', 's3:ListBucketVersions'),
    ];
    for (const statements of policiesOf(on, options, reader)) {
      for (const request of refused) expect([request, isAllowed(statements, request)]).toEqual([request, false]);
    }
  });
});
