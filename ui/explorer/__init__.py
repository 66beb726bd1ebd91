"""GraphiQL at /explorer: to try the API as whoever is logged in."""
