/**
 * A flag's key as a person would say it: the last part of a dotted key, words apart, first letter large.
 * `site-diary.photo-pins` → "Photo pins". The key itself always stands beside it.
 */
export function flagName(key: string): string {
  const last = key.split(".").at(-1) ?? key;
  const words = last
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replaceAll(/[-_]+/g, " ")
    .trim()
    .toLowerCase();
  return words === "" ? key : words.charAt(0).toUpperCase() + words.slice(1);
}
