"""The room `local`: set-up, servers, supervisor, and the files that put the service on other machines."""
