"""A network as an auditor needs it: parts, their terms, and every quantity that a number can mean."""
