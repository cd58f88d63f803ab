import { queryOptions, useQuery } from "@tanstack/react-query";
import { fetchInstallation } from "@/api/client";

export const installationQuery = queryOptions({
  queryKey: ["installation"],
  queryFn: fetchInstallation,
  retry: false,
});

/** How this arcade is set up; undefined as long as nobody knows. Pages work without. */
export function useInstallation() {
  return useQuery(installationQuery).data;
}
