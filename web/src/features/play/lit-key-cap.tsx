import { KeyCap } from "@/components/key-cap";
import { useIsLit } from "./lights";

/** A key that lights up while it is down. It alone is drawn anew for that. */
export function LitKeyCap({ code }: { readonly code: string }) {
  return <KeyCap code={code} isLit={useIsLit(code)} />;
}
