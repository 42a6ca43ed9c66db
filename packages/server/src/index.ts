export { Accounts, newSecret, type Passwords } from "./accounts.ts";
export { Api, type ApiOptions } from "./api.ts";
export { ControlPlane, type ControlPlaneOptions } from "./control-plane.ts";
export { DefinitionTexts } from "./definition-texts.ts";
export { GitSource } from "./source/adapters/git-source.ts";
export { MemorySource } from "./source/memory-source.ts";
export { type CommitStory, isDefinition, type Source, SourceRefused, type SourceTree, SourceUnreachable } from "./source/source.ts";
export { DataFolderUnusable, makeDataFolder } from "./supervisor/secrets.ts";
export { supervise, type Supervised, type SuperviseOptions } from "./supervisor/supervise.ts";
