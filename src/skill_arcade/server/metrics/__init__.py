"""What Prometheus is told of a server: each process posts facts on the status board, any gateway makes text of them."""
