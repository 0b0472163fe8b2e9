"""The recorder contract: named checks of what a recorder does, each tied to the clause it is from."""
