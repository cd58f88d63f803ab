/** The engine's own thread: a file of its own, which the browser loads there. It begins when the page has handed a canvas over, and ends with its last socket. */
import { LiveDriver } from "../drivers/live";
import { openLiveSocket } from "../drivers/live-socket";
import type { TicketOffice } from "../drivers/ticket";
import { makeBrowserTime } from "../time";
import { ask, type Call, makeCall, postCalls } from "./calls";
import type { Engine, EngineListener } from "./engine";
import { EngineHere } from "./here";
import { type Beginning, listenerCalls, type Page, pageCalls } from "./threads";

// What a DedicatedWorkerGlobalScope has; TypeScript's DOM library describes windows only.
declare const self: {
  onmessage: (event: MessageEvent) => void;
  onunhandledrejection: (event: PromiseRejectionEvent) => void;
  postMessage(message: unknown, transfer: Transferable[]): void;
  close(): void;
};

const page = postCalls<Page>(pageCalls, (call, transfer) => self.postMessage(call, transfer));
const listener = postCalls<EngineListener>(listenerCalls, (call) => page.tell(call));
const office: TicketOffice = {
  requestTicket: (resume) => ask((port) => page.requestTicket(resume, port)),
  fetchEnd: (episodeId) => ask((port) => page.fetchEnd(episodeId, port)),
};

function begin({ canvas, pageTimeOriginMs, resume, isRecorded }: Beginning): void {
  const time = makeBrowserTime(pageTimeOriginMs);
  let socket: WebSocket | null = null;
  const openSocket = (path: string, subprotocol: string) => {
    socket = openLiveSocket(path, subprotocol);
    return socket;
  };
  const driver = new LiveDriver({ office, openSocket, time, resume });
  const engine = new EngineHere({ driver, time, canvas, isRecorded }, listener);
  self.onmessage = ({ data }: MessageEvent<Call<Engine>>) => {
    makeCall<Engine>(engine, data);
    if (data[0] === "close") endAfter(socket);
  };
}

/** What was sent last is still on its way while the socket closes. */
function endAfter(socket: WebSocket | null): void {
  if (socket === null || socket.readyState === WebSocket.CLOSED) self.close();
  else socket.onclose = () => self.close();
}

// The page hears of exceptions that nobody caught; of promises it would not.
self.onunhandledrejection = (event) => {
  event.preventDefault();
  reportError(event.reason);
};
self.onmessage = ({ data }: MessageEvent<Beginning>) => begin(data);
page.ready();
