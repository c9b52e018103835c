"""Why a line is wrong: the smallest change between a written formula and a true one, and what that change is called."""
