"""How a session runs: what is fetched and fed, the plans it keeps, variables' values, backend and host in turns, failures."""
