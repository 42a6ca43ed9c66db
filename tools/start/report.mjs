// How a start speaks: what it is doing, and one message when it cannot go on.
export const say = (text) => process.stderr.write(`${text}\n`);

/**
 * Ends with one message: what is wrong, and what to do about it.
 * @returns {never}
 */
export function giveUp(problem, fix) {
  say(`\nsluice: ${problem}\n        ${fix}`);
  process.exit(1);
}
