import { createLazyRoute } from "@tanstack/react-router";
import { PlayPage } from "@/features/play/play-page";

export const Route = createLazyRoute("/inside/play/$gameId")({ component: PlayRoute });

function PlayRoute() {
  const navigate = Route.useNavigate();
  return (
    <PlayPage
      gameId={Route.useParams().gameId}
      wanted={Route.useSearch()}
      onOptions={(search) => void navigate({ to: ".", search, replace: true })}
    />
  );
}
