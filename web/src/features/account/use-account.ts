import { useQuery } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { fetchMe } from "@/api/client";
import { token } from "@/api/token";

/** Null for someone who has not come in yet. */
export function useToken(): string | null {
  return useSyncExternalStore(token.watch, token.read);
}

export function useMe() {
  const held = useToken();
  return useQuery({ queryKey: ["me", held], queryFn: fetchMe, enabled: held !== null, staleTime: 300_000 });
}
