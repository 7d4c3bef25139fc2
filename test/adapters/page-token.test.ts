import { describe, expect, it } from 'vitest';
import { formatPageToken, parsePageToken } from '../../src/adapters/page-token.ts';

describe('parsePageToken', () => {
  it('returns the bytes of the key, and none without a token', () => {
    const key = 'a/ü😀.jpeg';
    expect(parsePageToken(formatPageToken(key), 'a/').toString()).toBe(key);
    expect(parsePageToken(undefined, 'a/')).toHaveLength(0);
  });

  it.each([
    { title: 'empty', token: '', keyPrefix: '' },
    { title: 'not base64', token: '!', keyPrefix: '' },
    { title: 'not UTF-8', token: 'not a token', keyPrefix: '' },
    { title: 'of another prefix', token: formatPageToken('b/1'), keyPrefix: 'a/' },
  ])('rejects a token that is $title with invalid-cursor', ({ token, keyPrefix }) => {
    expect(() => parsePageToken(token, keyPrefix)).toThrow(expect.objectContaining({ code: 'invalid-cursor' }));
  });
});
