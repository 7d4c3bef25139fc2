import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { readSettings } from '../../infra/settings.ts';
import { addStacks } from '../../infra/stacks.ts';

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown; readonly Export?: { readonly Name: string } }>>;
}

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: its shape is CloudFormation's
  readonly Properties: any;
}

type Context = Readonly<Record<string, unknown>>;

/** The context of `cdk.json`, without the options of a command line. */
export const CDK_CONTEXT: Context = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../cdk.json'), 'utf8'),
).context;

/** An app as `infra/app.ts` makes it of `cdk.json` and `-c`, which bundles nothing: its templates are what is looked at. */
export const createApp = (options: Context = {}): App => {
  const context = { ...CDK_CONTEXT, ...options };
  const app = new App({
    context: { ...context, ...CHEAP },
    treeMetadata: false,
    builtinCloudFormationValidation: false,
  });
  addStacks(app, readSettings(context));
  return app;
};

const CHEAP = {
  'aws:cdk:bundling-stacks': [],
  'aws:cdk:disable-asset-staging': true,
  'aws:cdk:disable-stack-trace': true,
};

/** The templates by the names of their stacks. */
export const synthesize = (options: Context = {}): ReadonlyMap<string, Template> =>
  new Map(
    createApp(options)
      .synth()
      .stacksRecursively.map(({ stackName, template }) => [stackName, template]),
  );
