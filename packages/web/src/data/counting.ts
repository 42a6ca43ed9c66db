/** "1 customer", "82 customers"; `many` where the plural is not `one` with an s. */
export function count(n: number, one: string, many: string = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}
