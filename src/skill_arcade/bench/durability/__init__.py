"""How soon a step lasts, and what that costs: the pipeline under load, with database and store on the same machine."""
