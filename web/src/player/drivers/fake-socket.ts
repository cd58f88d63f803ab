import type { Socket } from "./live";

interface Sent {
  readonly type: string;
  readonly seq?: number;
  readonly inputs?: readonly object[];
}

/** A socket for tests, the test being the server. */
export class FakeSocket implements Socket {
  binaryType: BinaryType = "blob";
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  readonly sent: Sent[] = [];
  readonly path: string;
  readonly subprotocol: string;
  isClosed = false;

  constructor(path: string, subprotocol: string) {
    this.path = path;
    this.subprotocol = subprotocol;
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Sent);
  }

  close(): void {
    this.isClosed = true;
  }

  accept(): void {
    this.onopen?.(new Event("open"));
  }

  tell(message: object): void {
    this.onmessage?.(new MessageEvent("message", { data: JSON.stringify(message) }));
  }

  show(bytes: ArrayBuffer): void {
    this.onmessage?.(new MessageEvent("message", { data: bytes }));
  }

  end(code: number, reason = ""): void {
    this.onclose?.(Object.assign(new Event("close"), { code, reason }) as CloseEvent);
  }

  find(type: string): Sent[] {
    return this.sent.filter((message) => message.type === type);
  }
}
