import { formSocketUrl } from "@/lib/server-address";

export function openLiveSocket(path: string, subprotocol: string): WebSocket {
  return new WebSocket(formSocketUrl(path), subprotocol);
}
