import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareCodePoints } from '../../../src/domain/mapping/code-point-order.ts';

const texts = fc.string({
  unit: fc.constantFrom('', 'a', 'b', '\u00e9', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}'),
  maxLength: 4,
});

test('compareCodePoints sorts texts like their UTF-8 bytes', () => {
  fc.assert(
    fc.property(texts, texts, (one, other) => {
      const expected = Buffer.compare(Buffer.from(one), Buffer.from(other));
      expect(Math.sign(compareCodePoints(one, other))).toBe(expected);
    }),
  );
});
