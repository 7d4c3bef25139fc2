import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPathMapping, type Mapping, type PathMapping } from '../../../src/domain/index.ts';
import { type Law, listingLaws, mappingLaws, mappings, pathLaws } from '../../../src/testing/index.ts';

const PARTNER_ROUTE = {
  path: 'partnerimages/{id[0:2]}/{id[2:4]}/{id:digits}.{ext:image}',
  key: 'partners/{id}/original.{ext}',
};

const MAPPINGS: Record<string, Mapping> = {
  'the default mapping': {},
  'a route with slices': { prefix: 'images', routes: [PARTNER_ROUTE] },
  'a route with slices before the identity': {
    routes: [PARTNER_ROUTE, { path: '{path+}.{ext:image}', key: '{path+}.{ext}' }],
  },
  'routes that give different names the same key': {
    routes: [
      { path: 'a/{x}/{y}', key: '{x}-{y}' },
      { path: 'b/{x}/{y}', key: '{y}.{x}' },
      { path: '{x}.{y}', key: '{x}/{y}' },
    ],
  },
  'routes whose literals occur in the values': {
    routes: [
      { path: 'p{a:alnum}a{b}-a', key: 'k/{a}/{b}' },
      { path: 'q/{r+}-a{b:hex}b.jpg', key: 'l/{r+}/{b}' },
      { path: 's/{a[0:2]}-{a}-a/b-{a[-2:]}', key: '{a[:-1]}/{a}' },
      { path: '{a}-{b}.{c:digits}/{d}-a', key: 'm/{b}/{a}.{c}/{d}' },
    ],
  },
  'a lossy route among others': {
    routes: [
      { path: 'thumbs/{size:digits}/{id}.{ext:image}', key: 'all/{id}.{ext}', lossy: true },
      { path: 'hash/{h:hex}/{h[0:2]}', key: 'all/{h[0:2]}/{h}' },
      { path: '{path+}.{ext:image}', key: '{path+}.{ext}' },
    ],
  },
};

const lawsOf = (mapping: PathMapping): readonly Law[] => [...mappingLaws(mapping), ...listingLaws(mapping)];

describe('every path', () => {
  test.each(pathLaws())('$name', ({ property }) => fc.assert(property));
});

describe.each(Object.entries(MAPPINGS))('%s', (_, mapping) => {
  test.each(lawsOf(createPathMapping(mapping)))('$name', ({ property }) => fc.assert(property));
});

describe('every mapping', () => {
  test('is accepted by createPathMapping', () => {
    fc.assert(
      fc.property(mappings(), (mapping) => {
        expect(createPathMapping(mapping).routes).toEqual(mapping.routes);
      }),
    );
  });

  const names = lawsOf(createPathMapping()).map(({ name }) => name);
  test.each(names)('%s', async (name) => {
    const runs = fc.readConfigureGlobal().numRuns ?? 100;
    await fc.assert(
      fc.asyncProperty(mappings(), fc.integer(), async (mapping, seed) => {
        const { property } = lawsOf(createPathMapping(mapping)).find((law) => law.name === name) as Law;
        await fc.assert(property, { numRuns: 20, seed });
      }),
      { numRuns: Math.ceil(runs / 20) },
    );
  });
});
