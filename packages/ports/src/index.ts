export type {
  Clock,
  Disk,
  HttpClient,
  HttpHandler,
  HttpHead,
  HttpReply,
  HttpRequest,
  HttpStreamReply,
  Journal,
  Log,
  Random,
  StreamListener,
  StreamSink,
  Timer,
  Timers,
  World,
} from "./ports.ts";
export { DiskFailed, NetworkFailed } from "./ports.ts";
