// The language server's process, over standard input and output: a bundle of its own, so that no other command carries the protocol.
import { nodeTimers } from "@sluice/ports/node";
import { createConnection, ProposedFeatures } from "vscode-languageserver/node";
import { LanguageServer } from "./language-server.ts";

new LanguageServer(createConnection(ProposedFeatures.all, process.stdin, process.stdout), nodeTimers({ keepsAlive: true })).listen();
