import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, type AppProps } from 'aws-cdk-lib';
import { readSettings } from '../../infra/app/settings.ts';
import { addStacks } from '../../infra/app/stacks.ts';

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown; readonly Export?: { readonly Name: string } }>>;
}

export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
}

type Context = Readonly<Record<string, unknown>>;

/** The context of `cdk.json`, without `-c` options. */
export const CDK_CONTEXT: Context = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../cdk.json'), 'utf8'),
).context;

/** Options that make synthesis fast: without bundling, copies of assets, stack traces and validation. */
export const CHEAP: AppProps & { readonly context: Context } = {
  treeMetadata: false,
  builtinCloudFormationValidation: false,
  context: {
    'aws:cdk:bundling-stacks': [],
    'aws:cdk:disable-asset-staging': true,
    'aws:cdk:disable-stack-trace': true,
  },
};

/** The app that `infra/app/app.ts` creates from `cdk.json` and `-c` options. */
export const createApp = (options: Context = {}): App => {
  const context = { ...CDK_CONTEXT, ...options };
  const app = new App({ ...CHEAP, context: { ...context, ...CHEAP.context } });
  addStacks(app, readSettings(context));
  return app;
};

/** Templates by stack name. */
export const synthesize = (options: Context = {}): ReadonlyMap<string, Template> =>
  new Map(
    createApp(options)
      .synth()
      .stacksRecursively.map(({ stackName, template }) => [stackName, template]),
  );

/** The resources of a type, in the order of the template. */
export const resourcesOf = (template: Template, type: string): readonly (Resource & { readonly id: string })[] =>
  Object.entries(template.Resources)
    .filter(([, resource]) => resource.Type === type)
    .map(([id, resource]) => ({ id, ...resource }));

/** Resolves `Fn::Join` and the pseudo parameters in a part of a template, like CloudFormation in one account. */
export const resolveReferences = (value: unknown, account: string): unknown => {
  if (Array.isArray(value)) return value.map((item) => resolveReferences(item, account));
  if (typeof value !== 'object' || value === null) return value;
  const [[name, argument] = []] = Object.entries(value);
  if (name === 'Ref') return PSEUDO_PARAMETERS[argument as string] ?? account;
  if (name === 'Fn::Join') return (resolveReferences(argument[1], account) as string[]).join(argument[0]);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolveReferences(item, account)]));
};

const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = { 'AWS::Partition': 'aws', 'AWS::Region': 'eu-central-1' };
