/** Folders and names by which each language's habits mark tests. */
const TEST_PATH =
  /(?:^|\/)(?:tests?|__tests__|__mocks__|specs?|testdata|testing|e2e|cypress)\/|\.(?:test|spec|stories)\.[cm]?[jt]sx?$|_test\.go$|(?:^|\/)(?:test_[^/]*|[^/]*_test|conftest)\.py$|(?:Test|Tests|IT)\.java$/;

/** Whether a file holds tests: they set flags as they need them. */
export const isTestPath = (path: string): boolean => TEST_PATH.test(path);
