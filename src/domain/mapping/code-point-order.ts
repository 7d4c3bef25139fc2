/** Compares texts by their code points, which is the order of their UTF-8 bytes. For `Array.prototype.sort`. */
export const compareCodePoints = (one: string, other: string): number => {
  const length = Math.min(one.length, other.length);
  for (let index = 0; index < length; index++) {
    const difference = rankOf(one.charCodeAt(index)) - rankOf(other.charCodeAt(index));
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
};

/** A surrogate is half of a code point above U+FFFF, but U+E000 to U+FFFF have higher code units. */
const rankOf = (unit: number): number => (unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit);
